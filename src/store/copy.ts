import { AppError } from '#kernel/index.ts';

/** One stored document as its backend keeps it: sealed fields stay sealed, index keys come along. */
export interface CopiedRow {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly expiresAt: number | null;
  readonly text: string;
  /** JSON of the index keys, `null` when there are none. */
  readonly keys: string | null;
}

/** A store at one instant, read beside the service that goes on writing. */
export interface StoreCopy {
  /** Facts about the store: its schema and the versions of its indexes. */
  readonly notes: Readonly<Record<string, number>>;
  /** Every collection that has ever been written, declared by this release or not. */
  readonly collections: readonly string[];
  /** Documents in no particular order, without those that have expired at `now` (epoch seconds). */
  rows(collection: string, now: number): Iterable<CopiedRow>;
  close(): void;
}

/** A store that is being filled under another name; it is there, whole, once `finish` has resolved, and not before. */
export interface StoreFilling {
  /** Adds a collection, and the facts about it. */
  add(collection: string): void;
  note(name: string, value: number): void;
  write(rows: readonly CopiedRow[]): void;
  /** Proves that the file is sound, makes it durable and puts it into its place. */
  finish(): void;
  /** Removes what was written so far; nothing after `finish`. */
  abandon(): void;
}

/**
 * Opens a copy of the store as it is now. Throws `store.copy_unsupported` (400) for a server, which has tools of its
 * own, and `store.unavailable` (503).
 */
export async function copyStore(url: string): Promise<StoreCopy> {
  const { openCopy } = await sqliteCopies(url);
  return openCopy(pathOf(url));
}

/** Begins to fill an empty place. Throws `store.place_taken` (409) where a store is, and as `copyStore`. */
export async function fillStore(url: string): Promise<StoreFilling> {
  const { openFilling } = await sqliteCopies(url);
  return openFilling(pathOf(url));
}

async function sqliteCopies(url: string) {
  if (!url.startsWith('sqlite:')) {
    throw new AppError({
      code: 'store.copy_unsupported',
      status: 400,
      publicMessage: 'Ce serveur de données se sauvegarde avec ses propres outils.',
      hint: 'Voir « MongoDB » dans docs/operations.md.',
      detail: 'only SQLite is copied by this command; for MongoDB see docs/operations.md',
    });
  }
  return import('./sqlite/copy.ts');
}

const pathOf = (url: string): string => url.slice('sqlite:'.length);
