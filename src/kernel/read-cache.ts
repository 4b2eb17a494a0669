import type { Clock } from './clock.ts';

/** Keeps what was just read, for the few documents that every request needs. */
export interface ReadCache<T> {
  get(id: string): Promise<T | null>;
  /** Forgets `id`: called after every local write, so that the writer's instance sees it at once. */
  forget(id: string): void;
  /** Forgets all: what is asked for next is read anew. */
  clear(): void;
}

/** Absent ids are remembered too, so the number of entries is bounded against a caller who makes ids up. */
const MAX_ENTRIES = 2_000;

interface Entry<T> {
  readonly value: Promise<T | null>;
  readonly untilMs: number;
}

/**
 * Remembers what `load` answered, absence included, for `ttlMs`: how long another instance's write may stay unseen.
 * A failed load is not remembered.
 */
export function createReadCache<T>(deps: {
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly load: (id: string) => Promise<T | null>;
}): ReadCache<T> {
  const entries = new Map<string, Entry<T>>();
  return {
    get(id) {
      const nowMs = deps.clock.nowMs();
      const held = entries.get(id);
      if (held && nowMs < held.untilMs) return held.value;
      const entry: Entry<T> = { value: deps.load(id), untilMs: nowMs + deps.ttlMs };
      entries.delete(id);
      entries.set(id, entry);
      // A forgotten entry is no longer in the map: a read that began before the write cannot come back.
      entry.value.catch(() => {
        if (entries.get(id) === entry) entries.delete(id);
      });
      if (entries.size > MAX_ENTRIES) {
        const [oldest] = entries.keys();
        if (oldest !== undefined) entries.delete(oldest);
      }
      return entry.value;
    },
    forget(id) {
      entries.delete(id);
    },
    clear() {
      entries.clear();
    },
  };
}
