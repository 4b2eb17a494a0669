/**
 * Whether a card has been opposed. Owns the lists of the configured authorities (fetched, verified, kept, swapped whole)
 * and the questions to their OCSP responder; answers `good`, `revoked`, or `unknown`, which callers must refuse.
 * Does not judge the certificate itself nor its chain (`../acceptance.ts`), and never follows an address that a
 * certificate names. Each instance has its own lists: nothing here runs under a lease.
 */
import type { X509Certificate } from 'node:crypto';
import path from 'node:path';
import type { SectionValues, Section } from '#config/index.ts';
import type { Clock } from '#kernel/index.ts';
import { createCrlLoader } from './crl-loader.ts';
import {
  createCrlSource,
  originOf,
  type CrlSource,
  type ListHealth,
  type RevocationLogger,
} from './crl-source.ts';
import type { PointName } from './distribution-point.ts';
import { readIssuingCa, type IssuingCa } from './issuing-ca.ts';
import { serialOctets } from './ocsp-answer.ts';
import { createOcspClient, type OcspHealth } from './ocsp.ts';
import type { RevocationProblem } from './refusal.ts';
import type { revocationSettings } from './settings.ts';

export { revocationSettings, type ListSetting } from './settings.ts';
export type { ListHealth, ListState, RevocationLogger } from './crl-source.ts';
export type { PointName } from './distribution-point.ts';
export type { OcspHealth } from './ocsp.ts';
export type { RevocationProblem } from './refusal.ts';

export type RevocationSettings = SectionValues<Section<typeof revocationSettings>>;

/** A certificate, as its issuer's lists and responder name it. */
export interface CertificateName {
  /** One of the configured authorities: the one whose key signed the certificate. */
  readonly issuer: X509Certificate;
  /** Hexadecimal. */
  readonly serial: string;
  /** Where it says that lists about it are found: compared with what a list says of itself, never followed. */
  readonly points: readonly PointName[];
}

export type RevocationStatus =
  | { readonly status: 'good'; readonly source: 'crl' | 'ocsp' }
  | { readonly status: 'revoked'; readonly source: 'crl' | 'ocsp'; readonly code: 'card.revoked' }
  | {
      readonly status: 'unknown';
      readonly code: 'card.revocation_unknown';
      /** Why nobody can say, for the log: `card.crl_missing`, `card.crl_expired`, `card.crl_partial`, or what was wrong with OCSP. */
      readonly reason: RevocationProblem | 'card.crl_missing';
    };

export interface RevocationHealth {
  /** In the order of the configuration. */
  readonly lists: readonly (ListHealth & { readonly origin: string })[];
  readonly ocsp: (OcspHealth & { readonly origin: string }) | null;
  /** Authorities whose cards nobody could be asked about: neither list nor responder is configured. */
  readonly uncovered: readonly string[];
}

/** A number for the metrics, read when somebody looks. */
export interface RevocationGauge {
  readonly name: string;
  readonly help: string;
  read(): number;
}

export interface Revocation {
  /**
   * Whether the certificate has been revoked. Waits for no list, and at most three seconds for OCSP. `unknown` fails
   * closed: whoever asks refuses with `card.revocation_unknown`. Never rejects.
   */
  statusOf(certificate: CertificateName): Promise<RevocationStatus>;
  /** Reads the lists of the last run, then keeps them up to date and watches their ends. Resolves at once. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Fetches all lists now; resolves when each has been, or has failed (see `health`). */
  refresh(): Promise<void>;
  health(): RevocationHealth;
  readonly gauges: readonly RevocationGauge[];
}

/** How often the ends of the lists are looked at. */
const WATCH_MS = 60_000;

/**
 * `issuers`: the configured authorities that issue cards. Throws `TypeError` on a list for none or several of them:
 * `findListProblem` tells the operator before.
 */
export function createRevocation(deps: {
  readonly settings: RevocationSettings;
  readonly issuers: readonly X509Certificate[];
  /** `TROUSSEAU_DATA_DIR`: the lists are kept in `card/` below it. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: RevocationLogger;
  readonly fetch?: typeof globalThis.fetch;
}): Revocation {
  const { settings, clock, logger, fetch = globalThis.fetch } = deps;
  const problem = findListProblem(settings, deps.issuers);
  if (problem !== undefined) throw new TypeError(`a revocation list ${problem}`);
  const loader = createCrlLoader();
  const authorities = new Map(
    deps.issuers.map(certificate => [
      certificate.fingerprint256,
      { certificate, ca: readIssuingCa(certificate) },
    ]),
  );
  const lists = (settings.crls ?? []).flatMap(({ ca: named, from }) => {
    const [found] = [...authorities.values()].filter(({ ca }) => isNamed(ca, named));
    if (found === undefined) return [];
    const folder = path.join(deps.dataDir, 'card');
    const source = createCrlSource({ ...deps, ca: found.ca, from, folder, loader, fetch });
    return [{ ca: found.ca, from, source, wasAlarming: false }];
  });
  const sources = new Map<string, CrlSource>(lists.map(({ ca, source }) => [ca.fingerprint, source]));
  const ocsp =
    settings.ocspUrl === undefined
      ? null
      : createOcspClient({ url: settings.ocspUrl, sendsNonce: settings.ocspNonce, clock, fetch });
  let watching: NodeJS.Timeout | undefined;

  /** Says once that an alarm began, and once that it ended. */
  function watch(): void {
    for (const list of lists) {
      const { isAlarming, state, nextUpdateAt, believedUntil, lastError } = list.source.health();
      if (isAlarming === list.wasAlarming) continue;
      list.wasAlarming = isAlarming;
      const fields = { ca: list.ca.name, state, nextUpdateAt, believedUntil, code: lastError?.code };
      if (isAlarming) logger.error(fields, 'alarm: a revocation list is missing, ending or ended');
      else logger.info(fields, 'a revocation list is up to date again');
    }
  }

  return {
    async statusOf({ issuer, serial: hex, points }) {
      const authority = authorities.get(issuer.fingerprint256);
      if (authority === undefined) return unknown('card.crl_missing');
      const source = sources.get(authority.ca.fingerprint);
      await source?.ready();
      const serial = serialOctets(hex);
      const isListed = source?.isListed(serial, points) ?? null;
      if (isListed === true) return { status: 'revoked', source: 'crl', code: 'card.revoked' };
      if (isListed === false && (ocsp === null || settings.ocspUse === 'fallback'))
        return { status: 'good', source: 'crl' };
      if (ocsp === null) return unknown(missingReason(source));
      const answer = await ocsp.ask(authority, serial, other => source?.isListed(other, []) === true);
      if (answer.ok) {
        return answer.status === 'good'
          ? { status: 'good', source: 'ocsp' }
          : { status: 'revoked', source: 'ocsp', code: 'card.revoked' };
      }
      logger.warn({ ca: authority.ca.name, code: answer.code, detail: answer.detail }, 'OCSP gave no answer');
      return isListed === false ? { status: 'good', source: 'crl' } : unknown(answer.code);
    },
    start() {
      for (const { source } of lists) source.start();
      if (lists.length > 0) {
        // The first look comes after the first fetch, which tells what is missing indeed.
        void Promise.all(lists.map(({ source }) => source.refresh())).then(watch);
        watching = setInterval(watch, WATCH_MS).unref();
      }
      return Promise.resolve();
    },
    async stop() {
      clearInterval(watching);
      await Promise.all([...lists.map(({ source }) => source.stop()), loader.close()]);
    },
    async refresh() {
      await Promise.all(lists.map(({ source }) => source.refresh()));
      watch();
    },
    health() {
      const covered = new Set(lists.map(({ ca }) => ca.fingerprint));
      const uncovered = [...authorities.values()].filter(
        ({ ca }) => ocsp === null && !covered.has(ca.fingerprint),
      );
      return {
        lists: lists.map(({ source, from }) => ({ ...source.health(), origin: originOf(from) })),
        ocsp:
          ocsp === null || settings.ocspUrl === undefined
            ? null
            : { ...ocsp.health(), origin: originOf(settings.ocspUrl) },
        uncovered: uncovered.map(({ ca }) => ca.name),
      };
    },
    gauges: lists.flatMap(list => gaugesOf(list.ca, list.source, clock)),
  };
}

/** Why the lists of the settings do not fit the authorities, in a phrase for the operator; `undefined` when they do. */
export function findListProblem(
  { crls = [] }: Pick<RevocationSettings, 'crls'>,
  issuers: readonly X509Certificate[],
): string | undefined {
  const authorities = issuers.map(readIssuingCa);
  const taken = new Set<string>();
  for (const { ca: named } of crls) {
    const [found, ...others] = authorities.filter(ca => isNamed(ca, named));
    if (found === undefined) return `of “${named}”, which is none of the authorities that issue cards`;
    if (others.length > 0) return `of “${named}”, which several authorities are called: give the fingerprint`;
    if (!found.signsLists) return `of “${named}”, whose key signs no lists`;
    if (taken.has(found.fingerprint)) return `of “${named}”, which has one already`;
    taken.add(found.fingerprint);
  }
  return undefined;
}

function isNamed(ca: IssuingCa, name: string): boolean {
  return ca.name === name || ca.fingerprint === name.replaceAll(':', '').toLowerCase();
}

function unknown(reason: RevocationProblem | 'card.crl_missing'): RevocationStatus {
  return { status: 'unknown', code: 'card.revocation_unknown', reason };
}

function missingReason(source: CrlSource | undefined): RevocationProblem | 'card.crl_missing' {
  const { state, lastError } = source?.health() ?? { state: 'missing', lastError: null };
  if (state === 'expired') return 'card.crl_expired';
  // Believed, and yet it has proven nothing: it is for other certificates.
  if (state !== 'missing') return 'card.crl_partial';
  return lastError?.code ?? 'card.crl_missing';
}

/** One series per list and question: their number is that of the configured authorities. */
function gaugesOf(ca: IssuingCa, source: CrlSource, clock: Clock): readonly RevocationGauge[] {
  const slug = ca.name.toLowerCase().replace(/[^a-z0-9]+/gu, '_');
  const of = (what: string, help: string, read: (health: ListHealth) => number): RevocationGauge => ({
    name: `card_crl_${what}_${slug}`,
    help: `${help} (${ca.name}).`,
    read: () => read(source.health()),
  });
  const from = (at: number | null, sign: 1 | -1) => (at === null ? Number.NaN : sign * (at - clock.now()));
  return [
    of('age_seconds', 'Age of the revocation list, since its thisUpdate', ({ thisUpdateAt }) =>
      from(thisUpdateAt, -1),
    ),
    of('left_seconds', 'Time to the end of the revocation list, grace apart', ({ nextUpdateAt }) =>
      from(nextUpdateAt, 1),
    ),
    of('entries', 'Certificates on the revocation list', ({ entries }) => entries),
    of('alarm', '1 while the revocation list is missing, near its end or past it', ({ isAlarming }) =>
      isAlarming ? 1 : 0,
    ),
  ];
}
