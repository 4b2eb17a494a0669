import type { Awaitable, Entry, KeyRange, Position } from './backend.ts';
import { badQuery } from './errors.ts';
import type { ListQuery } from './port.ts';

/** The bound of `ListQuery.limit`: a page is held in memory. */
export const MAX_PAGE = 1000;

/** A `ListQuery`, checked. */
export interface PageRequest {
  readonly range: KeyRange;
  readonly from: Position | null;
  readonly limit: number;
}

/** Throws `store.bad_query` for what the port does not allow. `lookup` gives the stored form of a key. */
export function readQuery(query: ListQuery, lookup: (key: string) => string): PageRequest {
  const { key, prefix, after, afterId, limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw badQuery(`limit ${limit}`);
  if ((key === undefined) === (prefix === undefined)) throw badQuery('either a key or a prefix');
  if (afterId !== undefined && key === undefined) throw badQuery('an id to go on after needs a key');
  const range = key === undefined ? { prefix: lookup(prefix ?? '') } : { key: lookup(key) };
  if (after !== undefined) return { range, from: decodeCursor(after), limit };
  const place = key === undefined || afterId === undefined ? null : { key: lookup(key), id: afterId };
  return { range, from: place, limit };
}

/**
 * Collects one page. `entries` may name a document under several keys of the range: `isFirst` tells the entry
 * under which the document is listed, so that each comes once.
 */
export async function collectPage<T>(
  request: PageRequest,
  entries: (from: Position | null, limit: number) => Awaitable<Entry[]>,
  accept: (entry: Entry) => T | null,
): Promise<{ items: T[]; next?: string }> {
  const items: T[] = [];
  let from = request.from;
  let last = from;
  for (;;) {
    const wanted = request.limit - items.length + 1;
    const found = await entries(from, wanted);
    for (const entry of found) {
      const item = accept(entry);
      if (item !== null) {
        if (items.length === request.limit && last) return { items, next: encodeCursor(last) };
        items.push(item);
        last = entry;
      }
      from = { key: entry.key, id: entry.id };
    }
    if (found.length < wanted) return { items };
  }
}

function encodeCursor({ key, id }: Position): string {
  return Buffer.from(JSON.stringify([key, id])).toString('base64url');
}

function decodeCursor(cursor: string): Position {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [key, id] = parsed as unknown[];
      if (typeof key === 'string' && typeof id === 'string') return { key, id };
    }
  } catch {
    // Not ours: refused below.
  }
  throw badQuery('the cursor is not one of ours');
}
