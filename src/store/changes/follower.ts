import type { Clock } from '#kernel/index.ts';
import type { Hearer } from './announcer.ts';
import { sequenceOf, type Change, type ChangeLog, type Entry } from './log.ts';

/** Who keeps something of the followed collections in memory. Handlers are quick and do not throw. */
export interface Watcher {
  /** A write to that document (`null`: to any of the collection) has begun or has ended: what is kept of it is old. */
  touched(collection: string, id: string | null): void;
  /** Changes may have been missed: everything that is kept is old. */
  lost(): void;
}

/** What is known of the changes that others make. */
export interface Follower {
  /** False while changes of the last second may be unknown here: at the start, behind a slow store, after a gap. */
  isCurrent(): boolean;
  /** False while a write to that document is going on somewhere: only the store knows it. */
  isSettled(collection: string, id: string): boolean;
  /** Ends this watching. */
  stop(): void;
}

export interface FollowerLoop extends Hearer {
  follow(watcher: Watcher): Follower;
  close(): Promise<void>;
}

/** How often the log is read. */
const EVERY_MS = 100;
/** The bound of contract §7: another instance's consents are in force within one second. */
const CURRENT_MS = 1000;
/** A change that has not ended for so long belongs to a process that is no more. */
const OPEN_MS = 600_000;
const PAGE = 100;
/** The first look is at so many: mostly nothing is new, and ten looks a second go on all day. */
const FIRST_LOOK = 4;

type Place = Pick<Entry, 'id' | 'mark'>;
/** The place of who has read an empty log. */
const EMPTY: Place = { id: '0', mark: '' };

export function createFollowerLoop({
  log,
  clock,
  warn,
}: {
  readonly log: ChangeLog;
  readonly clock: Clock;
  readonly warn: (error: unknown) => void;
}): FollowerLoop {
  const watchers = new Set<Watcher>();
  /** Key → token → when it was seen. Own changes and those of others: a token ends once, wherever it is heard. */
  const open = new Map<string, Map<string, number>>();
  /** The newest entry that was read. */
  let place: Place | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  let isClosed = false;

  function touch(key: string): void {
    const at = key.indexOf('/');
    const id = key.slice(at + 1);
    for (const watcher of watchers) watcher.touched(key.slice(0, at), id === '*' ? null : id);
  }

  function begun({ key, token }: Change): void {
    const tokens = open.get(key) ?? new Map<string, number>();
    open.set(key, tokens.set(token, performance.now()));
    touch(key);
  }

  function ended({ key, token }: Change): void {
    const tokens = open.get(key);
    tokens?.delete(token);
    if (tokens?.size === 0) open.delete(key);
    touch(key);
  }

  function forgetOld(): void {
    const oldest = performance.now() - OPEN_MS;
    for (const [key, tokens] of open)
      for (const [token, seenAtMs] of tokens) if (seenAtMs < oldest) ended({ key, token });
  }

  /** What was not read yet, or `null` when some of it is missing. At the first reading: the changes of the last minutes. */
  async function unread(): Promise<{ readonly entries: readonly Entry[]; readonly newest: Place } | null> {
    const found: Entry[] = [];
    const result = () => ({ entries: found.toReversed(), newest });
    const since = clock.nowMs() - OPEN_MS;
    let newest: Place = EMPTY;
    let after: string | undefined;
    do {
      const page = await log.page(place && after === undefined ? FIRST_LOOK : PAGE, after);
      if (after === undefined) newest = page.items[0] ?? EMPTY;
      for (const entry of page.items) {
        const next = found.at(-1);
        if (place && next && sequenceOf(next) !== sequenceOf(entry) + 1) return null;
        if (place && sequenceOf(entry) <= sequenceOf(place))
          return entry.mark === place.mark ? result() : null;
        if (!place && entry.atMs < since) return result();
        found.push(entry);
      }
      after = page.next;
    } while (after !== undefined);
    // The place that was read is not there: the log began anew, or was read too late.
    return place && place !== EMPTY ? null : result();
  }

  async function read(): Promise<void> {
    const startedAtMs = performance.now();
    const news = await unread();
    if (!news) {
      place = undefined;
      readAtMs = Number.NEGATIVE_INFINITY;
      for (const watcher of watchers) watcher.lost();
      return;
    }
    for (const entry of news.entries) {
      for (const change of entry.begun) begun(change);
      for (const change of entry.ended) ended(change);
    }
    forgetOld();
    place = news.newest;
    readAtMs = startedAtMs;
  }

  function readAgain(): void {
    timer = undefined;
    reading = read()
      .catch(warn)
      .finally(() => {
        if (!isClosed && watchers.size > 0) timer = setTimeout(readAgain, EVERY_MS).unref();
      });
  }

  return {
    begun,
    ended,
    follow(watcher) {
      watchers.add(watcher);
      if (watchers.size === 1 && !isClosed) {
        clearTimeout(timer);
        reading = reading.then(readAgain);
      }
      return {
        isCurrent: () => performance.now() - readAtMs <= CURRENT_MS,
        isSettled: (collection, id) => !open.has(`${collection}/${id}`) && !open.has(`${collection}/*`),
        stop: () => void watchers.delete(watcher),
      };
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await reading;
    },
  };
}
