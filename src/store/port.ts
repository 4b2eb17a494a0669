/**
 * The storage port: ten atomic operations and two readings that unseal nothing, the same promises on every backend. Features declare
 * collections; backends know nothing of features. Every method may throw `store.unavailable` (503).
 */
import type { Changes } from './changes/index.ts';

/**
 * A document is one aggregate. `expiresAt` (epoch seconds) is read by the store: from that second on the document does
 * not exist. No backup holds what expires, but for the collections that `operation/voided.ts` names.
 */
export interface Doc {
  readonly id: string;
  readonly expiresAt?: number;
}

/** How documents are found besides by id. */
export interface IndexSpec<T> {
  /** The key or keys of a document; `null`, `undefined` and empty arrays are not indexed. Pure. */
  readonly key: (doc: T) => string | readonly string[] | null | undefined;
  /** Two live documents never share a key. */
  readonly unique?: boolean;
  /** Keys and look-ups are folded: case, accents and spacing do not count. */
  readonly folded?: boolean;
}

export interface CollectionSpec<T extends Doc> {
  /** `[a-z][a-z0-9_]*`, unique in the product, not beginning with `store_`. */
  readonly name: string;
  /** Raised when the indexes change: the backend rebuilds them on opening. */
  readonly version: number;
  readonly indexes: { readonly [name: string]: IndexSpec<T> };
  /** Every write is told in the change log, so that others may keep what they have read (`Store.changes`). Not for documents that expire. */
  readonly followed?: boolean;
  /** Top-level fields sealed at rest (AES-256-GCM, bound to collection, id and field). Index keys must not come from them. */
  readonly sealed?: readonly (keyof T & string)[];
}

export interface ListQuery {
  /** Exactly this key … */
  readonly key?: string;
  /** … or every key with this prefix (`''` = all). */
  readonly prefix?: string;
  /** The `next` of the page before. */
  readonly after?: string;
  /** With `key`, on the first page: only documents with a greater id. For who knows how far they have read. */
  readonly afterId?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface ScanQuery<F extends string> {
  /** What is wanted of each document. */
  readonly fields: readonly F[];
  /** The `next` of the page before. */
  readonly after?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly next?: string;
}

export interface Collection<T extends Doc> {
  /** Adds a document. Throws `store.conflict` (409) on a live document with the same id or unique key; never overwrites. */
  insert(doc: T): Promise<void>;
  /** The document, or `null`; an expired one is never returned, reaped or not. */
  get(id: string): Promise<T | null>;
  /** Some fields of the document, or `null`, without unsealing anything: a sealed field among `fields` is a `TypeError`. */
  peek<F extends keyof T & string>(id: string, fields: readonly F[]): Promise<Pick<T, F> | null>;
  /** The document with that key of a unique index (of another index: the first in id order), or `null`. */
  findOne(index: string, key: string): Promise<T | null>;
  /**
   * Documents in order of (key, id), by keyset paging: stable under concurrent writes. One that matches under several
   * keys comes once, at the first of them. Throws `store.bad_query` (400).
   */
  list(index: string, query: ListQuery): Promise<Page<T>>;
  /**
   * All documents in no order that means anything, several times as quick as a list, for who reads everything: no index
   * is walked and nothing is unsealed (a sealed field among `fields` is a `TypeError`). What is written meanwhile may
   * come in its old or its new state, twice, or not at all. Throws `store.bad_query` (400).
   */
  scan<F extends keyof T & string>(query: ScanQuery<F>): Promise<Page<Pick<T, F>>>;
  /** Last writer wins: only for documents with a single writer. Throws `store.conflict` on another's unique key. */
  put(doc: T): Promise<void>;
  /**
   * Compare-and-set on a hidden version. `change` is pure and may run again; returning the same reference writes nothing.
   * Resolves to the written document, `null` when missing. Throws `store.busy` (503) when contention does not end.
   */
  update(id: string, change: (doc: T) => T): Promise<T | null>;
  /** Takes the document away. Under a race exactly one caller receives it; with a `guard` only if it holds (else `null`, nothing removed). */
  consume(id: string, guard?: (doc: T) => boolean): Promise<T | null>;
  /**
   * Adds `by` to a numeric top-level field in one native atomic statement, making the document
   * `{id, [field]: by, expiresAt}` when missing. Resolves to the new value, or `null` and no change when it would exceed `max`.
   * `options.expiresAt` counts only when the document is made. Only for collections without indexes or sealed fields,
   * and fields named `[A-Za-z_][A-Za-z0-9_]*`.
   */
  increment(
    id: string,
    field: keyof T & string,
    by: number,
    options?: { readonly max?: number; readonly expiresAt?: number },
  ): Promise<number | null>;
  /** Idempotent. */
  remove(id: string): Promise<void>;
  /** Removes every document with that key; resolves to how many. Idempotent. */
  removeBy(index: string, key: string): Promise<number>;
  /** Removes the expired (at most `limit`, default 1,000); resolves to how many. Called by `jobs` only. */
  reap(limit?: number): Promise<number>;
}

export interface Store {
  /** What changed in the `followed` collections, here and in other processes. */
  readonly changes: Changes;
  /** Opens (and on first use creates, or on a new version re-indexes) a collection. Same spec object → same collection. */
  collection<T extends Doc>(spec: CollectionSpec<T>): Collection<T>;
  /** All declared collections, for `jobs` (reaping) and backups. */
  collections(): readonly { readonly name: string; reap(limit?: number): Promise<number> }[];
  /** Resolves when a write and a read succeed; throws `store.unavailable`. */
  check(): Promise<void>;
  /** Finishes acknowledged work and closes. */
  close(): Promise<void>;
}
