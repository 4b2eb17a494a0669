import type { Awaitable } from './backend.ts';

/** A document as it lies in the store: sealed fields are sealed texts, and it may have expired. */
export interface StoredRow {
  readonly id: string;
  /** Epoch seconds. */
  readonly expiresAt: number | null;
  readonly text: string;
  /** Writes another text in its place, index keys as they were; `false`, and nothing, when somebody else wrote meanwhile. */
  replace(text: string): Promise<boolean>;
  /** Takes it away; `false`, and nothing, when somebody else wrote meanwhile. */
  remove(): Promise<boolean>;
}

/**
 * Every document there is, whatever feature or release wrote it: for upgrades and for the work of an operator. What
 * is changed here is told to nobody (`Store.changes`): only what keeps its meaning may be changed beside a service.
 */
export interface StoredRows {
  /** Every collection that was ever written, in the order of their names. */
  collections(): Awaitable<readonly string[]>;
  /** The documents of one, in the order of their ids; none when it is not there. */
  rows(collection: string): AsyncIterable<StoredRow>;
}
