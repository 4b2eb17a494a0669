import { randomId, type Clock } from '#kernel/index.ts';
import { isAppError } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc } from '../port.ts';

/** One write to a followed collection, as the log names it. */
export interface Change {
  /** `collection/id`, or `collection/*`: anything in it. */
  readonly key: string;
  /** The same when it begins and when it has ended; unique in the store. */
  readonly token: string;
}

/** What one process told in one go. */
export interface Entry extends Doc {
  /** The place in the order of all entries, padded. */
  readonly id: string;
  /** Tells an entry from another that took the same place in another life of the log. */
  readonly mark: string;
  readonly atMs: number;
  readonly begun: readonly Change[];
  readonly ended: readonly Change[];
}

export type Told = Partial<Pick<Entry, 'begun' | 'ended'>>;

/** Longer than any process stands still between two of its entries, or a follower between two readings. */
const KEPT_SECONDS = 86_400;
/** The store lists in ascending order only. */
const LAST = 999_999_999_999_999;

export const sequenceOf = ({ id }: Pick<Entry, 'id'>): number => Number(id);
const padded = (sequence: number): string => String(sequence).padStart(15, '0');

export const changeLogSpec: CollectionSpec<Entry> = {
  name: 'change_log',
  version: 1,
  indexes: { newest: { key: entry => padded(LAST - sequenceOf(entry)) } },
};

/** The order of all changes, whichever process makes them. */
export interface ChangeLog {
  /** Resolves when durable, behind everything that was appended before. What waits meanwhile goes into one entry. */
  append(told: Told): Promise<void>;
  /** The newest first. */
  page(limit: number, after?: string): Promise<{ readonly items: readonly Entry[]; readonly next?: string }>;
  /** Resolves when everything told was written, or was given up with its caller. */
  settle(): Promise<void>;
}

interface Waiting {
  readonly told: Told;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createChangeLog({
  entries,
  clock,
}: {
  readonly entries: Collection<Entry>;
  readonly clock: Clock;
}): ChangeLog {
  let waiting: Waiting[] = [];
  let writing: Promise<void> = Promise.resolve();

  /**
   * Takes the next free place: an insert never overwrites, so that of several processes one gets it and the others
   * look again. INVARIANT: places follow each other without a gap, since each is taken after the one before was seen.
   */
  async function write(begun: readonly Change[], ended: readonly Change[]): Promise<void> {
    for (let least = 1; ;) {
      const { items } = await entries.list('newest', { prefix: '', limit: 1 });
      const sequence = Math.max(least, items[0] ? sequenceOf(items[0]) + 1 : 1);
      const atMs = clock.nowMs();
      const expiresAt = Math.ceil(atMs / 1000) + KEPT_SECONDS;
      try {
        return await entries.insert({
          id: padded(sequence),
          mark: randomId(),
          atMs,
          begun,
          ended,
          expiresAt,
        });
      } catch (error) {
        if (!isAppError(error, 'store.conflict')) throw error;
        least = sequence + 1;
      }
    }
  }

  async function writeWaiting(): Promise<void> {
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    try {
      await write(
        batch.flatMap(({ told }) => told.begun ?? []),
        batch.flatMap(({ told }) => told.ended ?? []),
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    append: told =>
      new Promise((resolve, reject) => {
        waiting.push({ told, resolve, reject });
        writing = writing.then(writeWaiting);
      }),
    page: (limit, after) =>
      entries.list('newest', { prefix: '', limit, ...(after !== undefined && { after }) }),
    settle: () => writing,
  };
}
