import type { Table } from './backend.ts';
import { badQuery } from './errors.ts';
import { MAX_PAGE } from './paging.ts';
import type { CollectionSpec, Doc, Page, ScanQuery } from './port.ts';

/** One page of the port's `scan`: the texts as they lie there, read in the backend's own order, nothing unsealed. */
export async function scanPage<T extends Doc, F extends keyof T & string>(
  spec: CollectionSpec<T>,
  table: Table,
  { fields, after, limit }: ScanQuery<F>,
  now: number,
): Promise<Page<Pick<T, F>>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw badQuery(`limit ${limit}`);
  const sealed: readonly string[] = spec.sealed ?? [];
  const closed = fields.find(field => sealed.includes(field));
  if (closed !== undefined) throw new TypeError(`${spec.name}: ${closed} is sealed, and no scan opens it`);
  const found = await table.scan(after ?? null, limit, now);
  const items = found.map(({ text }) => JSON.parse(text) as Pick<T, F>);
  const last = found.at(-1);
  return last === undefined || found.length < limit ? { items } : { items, next: last.place };
}
