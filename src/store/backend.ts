import type { Clock } from '#kernel/index.ts';
import type { Doc, CollectionSpec, Store } from './port.ts';
import type { UpgradePlace } from './upgrades.ts';

/**
 * What a backend implements: tables of opaque texts with versions, expiry and index keys.
 * `collection.ts` builds the port on top, so that encoding, sealing, folding, retries and paging are
 * written once and mean the same everywhere.
 */
export interface Table {
  /** The live row, or `null`. */
  read(id: string, now: number): Awaitable<StoredText | null>;
  /** The live row with that key and the smallest id, or `null`. */
  first(index: string, key: string, now: number): Awaitable<StoredText | null>;
  /** Live entries in (key, id) order, after `from`, at most `limit`. A row comes once per matching key. */
  entries(
    index: string,
    range: KeyRange,
    from: Position | null,
    limit: number,
    now: number,
  ): Awaitable<Entry[]>;
  /** Live rows after a place (`null`: from the first), at most `limit`, in an order of the backend's own that writes do not disturb. */
  scan(after: string | null, limit: number, now: number): Awaitable<Scanned[]>;
  /** Throws `store.conflict` on a live row with that id or one of its unique keys; replaces expired ones. */
  insert(row: Row, now: number): Promise<unknown>;
  /** Writes whatever is there. Throws `store.conflict` on another live row's unique key. */
  put(row: Row, now: number): Promise<unknown>;
  /** Replaces the row of that `version` only; `false` when it is not there any more. Throws `store.conflict` as `put`. */
  swap(row: Row, version: number, keysChanged: boolean, now: number): Promise<boolean>;
  /** Removes and returns the live row (only of that `version`, when given); to exactly one caller. */
  take(id: string, version: number | null, now: number): Promise<string | null>;
  /** See the port's `increment`; `made` is the row to write when there is none. */
  increment(made: Row, field: string, by: number, max: number | null, now: number): Promise<number | null>;
  remove(id: string): Promise<unknown>;
  /** Removes the live rows with that key. */
  removeBy(index: string, key: string, now: number): Promise<number>;
  reap(now: number, limit: number): Promise<number>;
}

/** One row to write. */
export interface Row {
  readonly id: string;
  /** Never used twice for one id, even after a removal: equality proves that nothing was written in between. */
  readonly version: number;
  readonly expiresAt: number | null;
  readonly text: string;
  readonly keys: readonly IndexKey[];
}

export type IndexKey = readonly [index: string, key: string];

/** A row read. */
export interface StoredText {
  readonly id: string;
  readonly text: string;
  readonly version: number;
}

/** A place in an index. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

export interface Entry extends Position {
  readonly text: string;
}

/** A row passed by a scan. */
export interface Scanned {
  /** Where the scan goes on after it. */
  readonly place: string;
  readonly text: string;
}

export type KeyRange = { readonly key: string } | { readonly prefix: string };

export type Awaitable<V> = V | Promise<V>;

/** What a rebuild of the indexes needs to know about a row. */
export type KeysOf = (id: string, text: string) => readonly IndexKey[];

/** A backend, opened. `store.ts` makes a `Store` of it. */
export interface Backend {
  /** Comes before `table` of the same name, so that what many tables need can be prepared together. */
  announce?(spec: TableSpec): void;
  /** Creates the table when missing; rebuilds its indexes with `keysOf` when `spec.version` is not the stored one. */
  table(spec: TableSpec, keysOf: KeysOf): Awaitable<Table>;
  /** A real write, then a real read. Throws `store.unavailable`. */
  check(now: number): Promise<void>;
  stats(): StoreStats;
  close(): Promise<void>;
  /** What upgrades of the data need; used before any table is opened. */
  readonly upgradePlace: UpgradePlace;
}

export interface TableSpec {
  readonly name: string;
  readonly version: number;
  readonly indexes: readonly { readonly name: string; readonly unique: boolean }[];
  /** `increment` is used on collections without indexes or sealed fields only. */
  readonly countable: boolean;
}

/** Since opening. `operations / commits` is how many writes share one durable commit. */
export interface StoreStats {
  readonly operations: number;
  readonly commits: number;
}

/** A `Store` with the figures that benchmarks and `/metrics` read. */
export interface OpenedStore extends Store {
  stats(): StoreStats;
}

/** What the store logs through; pino's shape. */
export interface StoreLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every backend gets. */
export interface BackendOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: StoreLogger | undefined;
  readonly testing: StoreTesting | undefined;
}

/** Faults for tests, never from configuration. Only SQLite has them. */
export interface StoreTesting {
  /** Each durable commit takes this much longer. */
  readonly commitDelayMs?: number;
  /** The disk is full beyond this many pages (`PRAGMA max_page_count`). */
  readonly maxPageCount?: number;
  /** The file cannot be written (`PRAGMA query_only`). */
  readonly readOnly?: boolean;
}

/** A spec as backends see it. */
export function tableSpec<T extends Doc>(spec: CollectionSpec<T>): TableSpec {
  const indexes = Object.entries(spec.indexes).map(([name, index]) => ({
    name,
    unique: index.unique === true,
  }));
  return {
    name: spec.name,
    version: spec.version,
    indexes,
    countable: indexes.length === 0 && (spec.sealed ?? []).length === 0,
  };
}
