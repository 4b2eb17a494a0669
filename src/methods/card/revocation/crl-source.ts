import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#kernel/index.ts';
import { isAddress, obtainList, type Validators } from './crl-download.ts';
import type { CrlLoader } from './crl-loader.ts';
import type { RevocationList } from './crl-reader.ts';
import type { PointName } from './distribution-point.ts';
import type { IssuingCa } from './issuing-ca.ts';
import { Refusal, type RevocationProblem } from './refusal.ts';
import { hasSerial } from './serial-table.ts';

/** The part of the application's logger that this folder uses. */
export interface RevocationLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** `missing`: no list yet. `in_grace`: past its own end and still believed. `expired`: believed no longer. */
export type ListState = 'missing' | 'in_force' | 'in_grace' | 'expired';

/** What an administrator may know of one list. Instants are epoch seconds. */
export interface ListHealth {
  /** Common name of the CA. */
  readonly ca: string;
  readonly state: ListState;
  /** Missing, past its end, or near it. */
  readonly isAlarming: boolean;
  readonly thisUpdateAt: number | null;
  readonly nextUpdateAt: number | null;
  /** When it stops being believed: its own end and the grace. */
  readonly believedUntil: number | null;
  readonly entries: number;
  readonly bytes: number;
  /** When the list was last found to be the newest that the source has. */
  readonly checkedAt: number | null;
  readonly lastError: {
    readonly code: RevocationProblem;
    readonly detail: string;
    readonly at: number;
  } | null;
}

export interface CrlSourceSettings {
  readonly crlGraceSeconds: number;
  readonly crlAlarmSeconds: number;
  readonly crlRefreshSeconds: number;
  readonly crlTimeoutSeconds: number;
  readonly crlMaxMiB: number;
}

/** The list of one CA: fetched, kept, swapped whole. */
export interface CrlSource {
  /** Reads the list of the last run from the disk, then keeps it up to date until `stop`. */
  start(): void;
  stop(): Promise<void>;
  /** Resolves when the list of the last run has been read, or there is none. Waits for no network. */
  ready(): Promise<void>;
  /** Fetches now, whatever the turn. Failures are in `health`. */
  refresh(): Promise<void>;
  /**
   * Whether a serial (octets without sign) is on the list; `null` when it is not and the list proves nothing by that:
   * none is believed now, or it is for a distribution point that the certificate does not name (`points`).
   */
  isListed(serial: Uint8Array, points: readonly PointName[]): boolean | null;
  health(): ListHealth;
}

/** Clocks of a CA and ours may differ by so much. */
const SKEW_SECONDS = 300;
const FIRST_RETRY_SECONDS = 30;

/** `folder` holds the accepted list of each CA, so that a restart answers at once and never goes back. */
export function createCrlSource(deps: {
  readonly ca: IssuingCa;
  /** Configured address or path. */
  readonly from: string;
  readonly folder: string;
  readonly settings: CrlSourceSettings;
  readonly clock: Clock;
  readonly loader: CrlLoader;
  readonly logger: RevocationLogger;
  readonly fetch: typeof globalThis.fetch;
}): CrlSource {
  const { ca, from, folder, settings, clock, loader, logger } = deps;
  const kept = path.join(folder, `${ca.fingerprint}.crl`);
  const keptValidators = path.join(folder, `${ca.fingerprint}.json`);
  const arriving = path.join(folder, `${ca.fingerprint}.arriving`);
  const ending = new AbortController();

  let list: RevocationList | null = null;
  let validators: Validators | null = null;
  let checkedAt: number | null = null;
  let lastError: ListHealth['lastError'] = null;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let beginning: Promise<void> | undefined;
  let refreshing: Promise<void> | undefined;

  const believedUntil = () => (list === null ? null : list.nextUpdateAt + settings.crlGraceSeconds);

  function stateNow(): ListState {
    const until = believedUntil();
    if (list === null || until === null) return 'missing';
    const now = clock.now();
    if (now <= list.nextUpdateAt) return 'in_force';
    return now <= until ? 'in_grace' : 'expired';
  }

  async function readKept(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const read = await loader.load(kept, ca).catch(() => null);
    if (read === null) return;
    // SECURITY: the signature is verified again: whoever may write in the folder is not the CA.
    if (!read.ok)
      return logger.warn({ ca: ca.name, code: read.code }, 'the kept revocation list is not used');
    list = read.list;
    validators = await readValidators(keptValidators, from);
  }

  async function fetchList(): Promise<void> {
    const obtained = await obtainList({
      from,
      into: arriving,
      known: list === null ? null : validators,
      maxBytes: settings.crlMaxMiB * 1024 * 1024,
      timeoutMs: settings.crlTimeoutSeconds * 1000,
      signal: ending.signal,
      fetch: deps.fetch,
    });
    if (!obtained.isNew) return;
    const read = await loader.load(arriving, ca);
    if (!read.ok) throw new Refusal(read.code, read.detail);
    refuseDates(read.list);
    // ORDER: the list before what is known of it: a crash between the two fetches it once more.
    await rename(arriving, kept);
    list = read.list;
    validators = obtained.validators;
    await writeFile(keptValidators, JSON.stringify({ from, ...validators }), { mode: 0o600 });
    const { thisUpdateAt, nextUpdateAt, serials } = list;
    logger.info(
      { ca: ca.name, thisUpdateAt, nextUpdateAt, entries: serials.size },
      'revocation list in force',
    );
  }

  /** SECURITY: an older list, though truly signed, would bring a card back that was opposed since. */
  function refuseDates(next: RevocationList): void {
    if (next.thisUpdateAt > clock.now() + SKEW_SECONDS)
      throw new Refusal('card.crl_not_yet_valid', 'a list of the future');
    if (next.nextUpdateAt + settings.crlGraceSeconds < clock.now())
      throw new Refusal('card.crl_expired', 'a list whose end and grace are past');
    if (list === null) return;
    const isOlder =
      next.thisUpdateAt < list.thisUpdateAt ||
      (next.number !== null && list.number !== null && next.number < list.number);
    if (isOlder) throw new Refusal('card.crl_rollback', 'a list older than the one that is known');
  }

  async function refreshOnce(): Promise<void> {
    try {
      await fetchList();
      checkedAt = clock.now();
      lastError = null;
      failures = 0;
    } catch (error) {
      if (ending.signal.aborted) return;
      failures += 1;
      const code = error instanceof Refusal ? error.code : 'card.crl_unreachable';
      lastError = { code, detail: error instanceof Error ? error.message : String(error), at: clock.now() };
      logger.warn({ ca: ca.name, code, detail: lastError.detail, failures }, 'revocation list not refreshed');
    } finally {
      await rm(arriving, { force: true }).catch(() => undefined);
    }
  }

  function refresh(): Promise<void> {
    refreshing ??= (beginning ?? Promise.resolve())
      .then(() => (ending.signal.aborted ? undefined : refreshOnce()))
      .finally(() => (refreshing = undefined));
    return refreshing;
  }

  /** A turn, then the next one: soon after a failure, ever later while it lasts, at the usual pace otherwise. */
  function turn(): void {
    void refresh().then(() => {
      if (ending.signal.aborted) return;
      const usual = settings.crlRefreshSeconds;
      const seconds = failures === 0 ? usual : Math.min(usual, FIRST_RETRY_SECONDS * 2 ** (failures - 1));
      // Instances that were started together do not ask together.
      timer = setTimeout(turn, seconds * 1000 * (0.9 + Math.random() * 0.2)).unref();
    });
  }

  return {
    start() {
      if (beginning !== undefined) return;
      beginning = readKept().catch(error => {
        logger.error({ ca: ca.name, error: String(error) }, 'the folder of revocation lists');
      });
      turn();
    },
    async stop() {
      ending.abort();
      clearTimeout(timer);
      await beginning;
      await refreshing;
    },
    ready: () => beginning ?? Promise.resolve(),
    refresh,
    isListed(serial, points) {
      const state = stateNow();
      if (list === null || state === 'missing' || state === 'expired') return null;
      if (hasSerial(list.serials, serial)) return true;
      return list.points === null || list.points.some(point => points.includes(point)) ? false : null;
    },
    health() {
      const state = stateNow();
      const isNearEnd = list !== null && clock.now() > list.nextUpdateAt - settings.crlAlarmSeconds;
      return {
        ca: ca.name,
        state,
        isAlarming: state !== 'in_force' || isNearEnd,
        thisUpdateAt: list?.thisUpdateAt ?? null,
        nextUpdateAt: list?.nextUpdateAt ?? null,
        believedUntil: believedUntil(),
        entries: list?.serials.size ?? 0,
        bytes: list?.bytes ?? 0,
        checkedAt,
        lastError,
      };
    },
  };
}

/** Of the same source only: another one's validators say nothing. */
async function readValidators(file: string, from: string): Promise<Validators | null> {
  try {
    const {
      from: of,
      etag,
      lastModified,
    } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    if (of !== from) return null;
    return {
      ...(typeof etag === 'string' ? { etag } : {}),
      ...(typeof lastModified === 'string' ? { lastModified } : {}),
    };
  } catch {
    return null;
  }
}

/** Where a list comes from, without what an address may hold of credentials. */
export function originOf(from: string): string {
  return isAddress(from) ? new URL(from).host : path.basename(from);
}
