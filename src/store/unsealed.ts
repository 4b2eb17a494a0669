import type { StoredText, Table } from './backend.ts';
import { badQuery } from './errors.ts';
import { MAX_PAGE } from './paging.ts';
import type { CollectionSpec, Doc, Page, ScanQuery } from './port.ts';

/** The readings of the port that unseal nothing: `peek` and `scan`. */

/** The document of a row, for who wants `fields` of it. Throws `TypeError` when one of them is sealed. */
export function peekAt<T extends Doc, F extends keyof T & string>(
  spec: CollectionSpec<T>,
  fields: readonly F[],
  stored: StoredText | null,
): Pick<T, F> | null {
  checkOpen(spec, fields);
  return stored && (JSON.parse(stored.text) as Pick<T, F>);
}

/** One page of a scan: the texts as they lie there, in the backend's own order. */
export async function scanPage<T extends Doc, F extends keyof T & string>(
  spec: CollectionSpec<T>,
  table: Table,
  { fields, after, limit }: ScanQuery<F>,
  now: number,
): Promise<Page<Pick<T, F>>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw badQuery(`limit ${limit}`);
  checkOpen(spec, fields);
  const found = await table.scan(after ?? null, limit, now);
  const items = found.map(({ text }) => JSON.parse(text) as Pick<T, F>);
  const last = found.at(-1);
  return last === undefined || found.length < limit ? { items } : { items, next: last.place };
}

function checkOpen<T extends Doc>({ name, sealed = [] }: CollectionSpec<T>, fields: readonly string[]): void {
  const closed = sealed.find(field => fields.includes(field));
  if (closed !== undefined)
    throw new TypeError(`${name}: ${closed} is sealed, and this reading opens nothing`);
}
