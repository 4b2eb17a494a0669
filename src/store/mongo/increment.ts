import type { mongo } from 'mongoose';
import type { Row } from '../backend.ts';
import { busy } from '../errors.ts';
import { isDuplicate, toStored, type StoredRow } from './layout.ts';
import type { Run } from './table.ts';

/** Rounds before giving up; one is lost only to a document made, removed or expired at the same moment. */
const MAX_ATTEMPTS = 20;

/** The port's `increment`: one `$inc`, or one insertion when there is no live document. */
export async function incrementField(deps: {
  readonly rows: mongo.Collection<StoredRow>;
  readonly write: Run;
  readonly made: Row;
  readonly field: string;
  readonly by: number;
  readonly max: number | null;
  readonly now: number;
}): Promise<number | null> {
  const { rows, write, made, field, by, max, now } = deps;
  const path = `n.${field}`;
  const fits = max === null ? {} : { [path]: { $not: { $gt: max - by } } };
  const isBeyond = (value: number): boolean => max !== null && value > max;

  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const changed = await write(() =>
      rows.findOneAndUpdate(
        { _id: made.id, ...fits, $or: [{ e: null }, { e: { $gt: now } }] },
        { $inc: { [path]: by }, $set: { v: made.version } },
        // The stand-in server of the tests may answer `after` with what a later caller has written meanwhile.
        { returnDocument: 'before' },
      ),
    );
    if (changed) return (changed.n?.[field] ?? 0) + by;
    const there = await write(() => rows.findOne({ _id: made.id }));
    if (there && (there.e === null || there.e > now)) {
      if (isBeyond((there.n?.[field] ?? 0) + by)) return null;
    } else if (isBeyond(by)) {
      return null;
    } else if (await make(there)) {
      return by;
    }
  }
  throw busy('increment');

  /** Writes the first value, unless somebody else did. */
  async function make(expired: StoredRow | null): Promise<boolean> {
    const row = toStored(made, true);
    const { _id, ...rest } = row;
    if (expired) return (await write(() => rows.replaceOne({ _id, v: expired.v }, rest))).matchedCount === 1;
    try {
      await write(() => rows.insertOne(row));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}
