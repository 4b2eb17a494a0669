import type { Row } from '../backend.ts';

/** A document as it lies in its collection. */
export interface StoredRow {
  readonly _id: string;
  /** Version, for compare-and-set. */
  readonly v: number;
  /** Expiry in epoch seconds, `null` for none. */
  readonly e: number | null;
  /** The document's JSON text: the same values come back as from SQLite, whatever the names of its fields. */
  readonly doc: string;
  /** Index keys; an index without keys is absent. */
  readonly ix: Readonly<Record<string, readonly string[]>>;
  /** Top-level numbers of a collection with counters, outside of the text so that `$inc` reaches them. */
  readonly n?: Readonly<Record<string, number>>;
}

/** A fact about the database. */
export interface StoredNote {
  readonly _id: string;
  readonly value: number;
}

export function toStored(row: Row, countable: boolean): StoredRow {
  const ix: Record<string, string[]> = {};
  for (const [index, key] of row.keys) (ix[index] ??= []).push(key);
  const base = { _id: row.id, v: row.version, e: row.expiresAt, ix };
  if (!countable) return { ...base, doc: row.text };
  const { n, rest } = splitNumbers(JSON.parse(row.text) as Record<string, unknown>);
  return { ...base, doc: JSON.stringify(rest), n };
}

export function toText({ doc, n }: Pick<StoredRow, 'doc' | 'n'>): string {
  return n === undefined ? doc : JSON.stringify({ ...(JSON.parse(doc) as object), ...n });
}

function splitNumbers(doc: Record<string, unknown>): {
  n: Record<string, number>;
  rest: Record<string, unknown>;
} {
  const n: Record<string, number> = {};
  const rest: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(doc)) {
    if (typeof value === 'number' && COUNTER_FIELD.test(field)) n[field] = value;
    else rest[field] = value;
  }
  return { n, rest };
}

/** Whether the server refused a write because of a unique index (or the id). */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 11_000;
}

/** Names that need no escaping in a path. */
const COUNTER_FIELD = /^[A-Za-z_]\w*$/u;
