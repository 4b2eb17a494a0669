import { randomId } from '#kernel/index.ts';
import type { Change, ChangeLog } from './log.ts';

/** Tells everybody of a write before it is made and after it has ended. */
export interface Announcer {
  /** `id` `null`: it cannot be told which documents. Rejects as `work`, or as the store when it could not be told. */
  around<R>(collection: string, id: string | null, work: () => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

/** Who hears of this process's own changes at once. */
export interface Hearer {
  begun(change: Change): void;
  ended(change: Change): void;
}

/** So many writes to one collection within `BULK_WINDOW_MS` are a bulk (an import): it is told as one change of all. */
const BULK_WRITES = 200;
const BULK_WINDOW_MS = 1000;
/** A bulk has ended when nothing was written for so long. */
const BULK_QUIET_MS = 500;
/** INVARIANT: far less than `OPEN_MS` of the follower, which forgets a change that is not renewed. */
const BULK_RENEWAL_MS = 60_000;

interface Bulk {
  readonly change: Change;
  /** Resolves when it was told, last time. */
  told: Promise<void>;
  toldAt: number;
  running: number;
  timer: NodeJS.Timeout | undefined;
}

interface Counted {
  since: number;
  writes: number;
}

export function createAnnouncer({
  log,
  hearer,
  warn,
}: {
  readonly log: ChangeLog;
  readonly hearer: Hearer;
  readonly warn: (error: unknown) => void;
}): Announcer {
  const process = randomId(9);
  const counts = new Map<string, Counted>();
  const bulks = new Map<string, Bulk>();
  let made = 0;

  function changeOf(collection: string, id: string | null): Change {
    made += 1;
    return { key: `${collection}/${id ?? '*'}`, token: `${process}-${made}` };
  }

  // A change whose end is not told stays open for followers: they read the store, which is slow and right.
  const tellEnd = (change: Change) => log.append({ ended: [change] }).catch(warn);

  function isBulk(collection: string): boolean {
    const now = performance.now();
    const counted = counts.get(collection) ?? { since: now, writes: 0 };
    if (now - counted.since > BULK_WINDOW_MS) Object.assign(counted, { since: now, writes: 0 });
    counted.writes += 1;
    counts.set(collection, counted);
    return counted.writes > BULK_WRITES;
  }

  function tellBulk(collection: string, bulk: Bulk): void {
    bulk.toldAt = performance.now();
    bulk.told = log.append({ begun: [bulk.change] });
    // Whoever waits for it hears of the failure; who comes next tries anew.
    bulk.told.catch(() => void endBulk(collection, bulk));
  }

  function openBulk(collection: string): Bulk {
    const bulk: Bulk = {
      change: changeOf(collection, null),
      told: Promise.resolve(),
      toldAt: 0,
      running: 0,
      timer: undefined,
    };
    bulks.set(collection, bulk);
    hearer.begun(bulk.change);
    tellBulk(collection, bulk);
    return bulk;
  }

  async function endBulk(collection: string, bulk: Bulk): Promise<void> {
    clearTimeout(bulk.timer);
    if (bulks.get(collection) === bulk) bulks.delete(collection);
    hearer.ended(bulk.change);
    await tellEnd(bulk.change);
  }

  async function withinBulk<R>(collection: string, bulk: Bulk, work: () => Promise<R>): Promise<R> {
    bulk.running += 1;
    clearTimeout(bulk.timer);
    try {
      if (performance.now() - bulk.toldAt > BULK_RENEWAL_MS) tellBulk(collection, bulk);
      await bulk.told;
      return await work();
    } finally {
      bulk.running -= 1;
      if (bulk.running === 0)
        bulk.timer = setTimeout(() => void endBulk(collection, bulk), BULK_QUIET_MS).unref();
    }
  }

  return {
    async around(collection, id, work) {
      const bulk = bulks.get(collection) ?? (isBulk(collection) ? openBulk(collection) : undefined);
      if (bulk) return withinBulk(collection, bulk, work);
      const change = changeOf(collection, id);
      // ORDER: told, then written, then told again: a crash in between leaves the change open, and nobody stale.
      hearer.begun(change);
      try {
        await log.append({ begun: [change] });
        return await work();
      } finally {
        hearer.ended(change);
        void tellEnd(change);
      }
    },
    async close() {
      await Promise.all([...bulks].map(([collection, bulk]) => endBulk(collection, bulk)));
      await log.settle();
    },
  };
}
