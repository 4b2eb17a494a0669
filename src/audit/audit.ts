import { hostname } from 'node:os';
import path from 'node:path';
import type { Clock } from '#kernel/index.ts';
import type { Page, Store } from '#store/index.ts';
import { readBackwards, type BackwardsPage, type BackwardsQuery } from './backwards.ts';
import { openCheckpoints, type Checkpoint } from './checkpoints.ts';
import { chainClosed, type EventType } from './events.ts';
import { readForwards, type ForwardsQuery } from './forwards.ts';
import type { GroupIndex } from './group-query.ts';
import { createGroups } from './groups.ts';
import { concerns, type AuditLine, type EventEntry } from './line.ts';
import { silentLogger, type AuditLogger } from './logger.ts';
import { readNewest, type NewestQuery } from './newest.ts';
import { keepLog, type KeepingReport } from './keeping.ts';
import { createBlockWriter } from './recent/block-writer.ts';
import { openBlocks } from './recent/blocks.ts';
import { keepingRules, type AuditSettings } from './section.ts';
import { openSegments, type Segment } from './segments.ts';
import { openSigner, type Signer } from './signing.ts';
import { createTally, type Tally } from './tally.ts';
import { createWriter, type Opening } from './writer.ts';

/** What modules need: leave a trace. */
export interface Audit {
  /**
   * Resolves when the event is durable. Rejects with `audit.unavailable` (503) when it cannot be written, and the
   * caller must then not answer as if nothing were; with a `TypeError` on a data field that the event does not have.
   */
  record<D extends string>(event: EventType<D>, entry: EventEntry<D>): Promise<void>;
}

/** Which lines to list: about one account, one patient, or all; within a time. In order of time, roughly. */
export interface AuditQuery {
  /** Actor, account concerned or account acted for. */
  readonly account?: string;
  readonly patientKey?: string;
  /** A year, month, day or hour of ISO 8601 in UTC: `2026`, `2026-11`, `2026-11-21`, `2026-11-21T08`. */
  readonly time?: string;
  readonly after?: string;
  /** Groups of lines to read, 1 to 1,000 (default 50): a page holds their lines that match. */
  readonly limit?: number;
}

/** The whole log, for the composition root, the command line and the administration pages. */
export interface AuditLog extends Audit, Tally {
  /** Opens the chain and covers what earlier processes left since their last checkpoint. */
  start(): Promise<void>;
  /** Signs a checkpoint when something was written since the last; resolves to it or to `null`. Called every minute by `jobs`. */
  checkpoint(): Promise<Checkpoint | null>;
  /**
   * Seals the days that are over, and drops from them the lines whose time is over. Called every hour by `jobs`; a run
   * that was cut short is finished by the next.
   */
  keep(): Promise<KeepingReport>;
  list(query: AuditQuery): Promise<Page<AuditLine>>;
  /**
   * The newest lines about an account, of one type or of those that `matches` says, the newest first. Bounded: what lies behind 2,000 newer groups of
   * lines about that account is not looked for.
   */
  newest(query: NewestQuery): Promise<readonly AuditLine[]>;
  /** Lines from the newest on, page by page, at the same cost whatever the size of the log. Throws `audit.bad_cursor` (400). */
  backwards(query: BackwardsQuery): Promise<BackwardsPage>;
  /** Lines of a span of time, the oldest first, for who follows the log; roughly in order. */
  forwards(query: ForwardsQuery): AsyncIterable<AuditLine>;
  /** The PEM that verifies the checkpoints. Keep a copy outside the service. */
  publicKey(): Promise<string>;
  /** Writes what was counted, ends the chain, covers it, and refuses later events. Once, however often it is called. */
  close(): Promise<void>;
}

/** The file under the data folder that receives the checkpoints of this process. */
const CHECKPOINT_FILE = 'audit-checkpoints.jsonl';

export function createAudit(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings?: Partial<AuditSettings>;
  /** Where `audit-checkpoints.jsonl` is kept; without it checkpoints are in the store only. */
  readonly dataDir?: string;
  readonly logger?: AuditLogger;
  readonly opening?: Opening;
}): AuditLog {
  const { store, clock, logger = silentLogger } = deps;
  const segments = openSegments(store);
  const groups = createGroups(store, clock);
  let signer: Promise<Signer> | undefined;
  const openedSigner = () => {
    // A failure is not kept: the next checkpoint tries again.
    signer ??= openSigner(store, deps.settings?.key).catch((error: unknown) => {
      signer = undefined;
      throw error;
    });
    return signer;
  };
  const checkpoints = openCheckpoints({
    store,
    segments,
    clock,
    signer: openedSigner,
    file: deps.dataDir === undefined ? undefined : path.join(deps.dataDir, CHECKPOINT_FILE),
  });
  const blocks = createBlockWriter(openBlocks(store), logger);
  const writer = createWriter({
    segments,
    clock,
    logger,
    opening: { host: hostname(), pid: process.pid, ...deps.opening },
    announce: chain => checkpoints.announce(chain),
    written: segment => blocks.add(segment),
  });
  const tally = createTally({ record: (event, entry) => writer.record(event, entry), clock, logger });
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = turn.then(run);
    turn = result.catch(() => undefined);
    return result;
  };
  const checkpoint = () => inTurn(() => checkpoints.write(writer.head()));

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await tally.flush();
    if (writer.head().seq > 0) await writer.record(chainClosed, { actor: 'system', outcome: 'success' });
    await writer.close();
    await blocks.settled();
    await checkpoint();
    if (writer.head().seq > 0) await checkpoints.retire(writer.head().chain);
  }

  return {
    record: (event, entry) => writer.record(event, entry),
    count: (event, entry) => tally.count(event, entry),
    async start() {
      await writer.open();
      await checkpoint();
    },
    checkpoint,
    keep: () =>
      keepLog(
        { store, clock, logger, signer: openedSigner, record: (event, entry) => writer.record(event, entry) },
        keepingRules(deps.settings),
      ),
    async list(query) {
      const { index, key, matches } = lookup(query);
      const page = await groups.list(index, {
        prefix: key,
        limit: query.limit ?? 50,
        ...(query.after !== undefined && { after: query.after }),
      });
      const items = page.items.flatMap((segment: Segment) => segment.lines.filter(matches));
      return page.next === undefined ? { items } : { items, next: page.next };
    },
    newest: query =>
      readNewest(
        groups,
        query,
        line =>
          (query.type === undefined || line.type === query.type) &&
          concerns(line, query.account) &&
          (query.matches?.(line) ?? true),
        clock.nowMs(),
      ),
    backwards: query => readBackwards(groups, query, clock.nowMs()),
    forwards: query => readForwards(groups, query),
    publicKey: async () => (await openedSigner()).publicKey,
    close: () => (closing ??= close()),
  };
}

function lookup({ account, patientKey, time = '' }: AuditQuery): {
  readonly index: GroupIndex;
  readonly key: string;
  readonly matches: (line: AuditLine) => boolean;
} {
  const atTime = (line: AuditLine) => line.at.startsWith(time);
  if (patientKey !== undefined) {
    const matches = (line: AuditLine) =>
      line.patientKey === patientKey && atTime(line) && (account === undefined || concerns(line, account));
    return { index: 'patient', key: `${patientKey} ${time}`, matches };
  }
  if (account !== undefined) {
    return {
      index: 'account',
      key: `${account} ${time}`,
      matches: (l: AuditLine) => concerns(l, account) && atTime(l),
    };
  }
  return { index: 'time', key: time, matches: atTime };
}
