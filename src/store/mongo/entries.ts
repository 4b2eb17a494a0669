import type { mongo } from 'mongoose';
import type { Entry, KeyRange, Position } from '../backend.ts';
import { toText, type StoredRow } from './layout.ts';

/** Greater than every key with the prefix before it: U+10FFFF is no character. */
const AFTER_ALL = '\u{10FFFF}';

interface EntriesQuery {
  readonly path: string;
  readonly range: KeyRange;
  readonly from: Position | null;
  readonly limit: number;
  readonly live: mongo.Filter<StoredRow>;
}

/** Live entries of an index in (key, id) order. */
export async function listEntries(rows: mongo.Collection<StoredRow>, query: EntriesQuery): Promise<Entry[]> {
  return 'key' in query.range
    ? listByKey(rows, query, query.range.key)
    : listByPrefix(rows, query, query.range.prefix);
}

/** One key: the index has the ids in order. */
async function listByKey(
  rows: mongo.Collection<StoredRow>,
  { path, from, limit, live }: EntriesQuery,
  key: string,
): Promise<Entry[]> {
  const after = from === null ? {} : { _id: { $gt: from.id } };
  const found = await rows.find({ [path]: key, ...after, ...live }, { sort: { _id: 1 }, limit }).toArray();
  return found.map(row => ({ key, id: row._id, text: toText(row) }));
}

/**
 * A range of keys. MongoDB sorts a multi-key index by each document's smallest key, not by the smallest that
 * matches, so the keys are unwound first: the cost of a page is that of the keys after its start.
 */
async function listByPrefix(
  rows: mongo.Collection<StoredRow>,
  { path, from, limit, live }: EntriesQuery,
  prefix: string,
): Promise<Entry[]> {
  const bounds = { $gte: prefix, $lte: `${prefix}${AFTER_ALL}` };
  const after =
    from === null ? [] : [{ $or: [{ k: { $gt: from.key } }, { k: from.key, _id: { $gt: from.id } }] }];
  const found = rows.aggregate<Pick<StoredRow, '_id' | 'doc' | 'n'> & { k: string }>([
    { $match: { [path]: { $elemMatch: from === null ? bounds : { ...bounds, $gte: from.key } }, ...live } },
    { $project: { k: `$${path}`, doc: 1, n: 1 } },
    { $unwind: '$k' },
    { $match: { $and: [{ k: bounds }, ...after] } },
    { $sort: { k: 1, _id: 1 } },
    { $limit: limit },
  ]);
  return (await found.toArray()).map(row => ({ key: row.k, id: row._id, text: toText(row) }));
}
