import type { mongo } from 'mongoose';
import type { Entry, Row, StoredText, Table, TableSpec } from '../backend.ts';
import { busy, conflict } from '../errors.ts';
import { listEntries } from './entries.ts';
import { incrementField } from './increment.ts';
import { isDuplicate, toStored, toText, type StoredRow } from './layout.ts';

/** Attempts to write over what has just expired; each failed one means that somebody else wrote. */
const MAX_ATTEMPTS = 10;

export interface TableDeps {
  readonly rows: mongo.Collection<StoredRow>;
  readonly spec: TableSpec;
  /** Runs one command and names its failure. */
  readonly read: Run;
  /** The same, counted. */
  readonly write: Run;
}

export type Run = <R>(command: () => Promise<R>) => Promise<R>;

/** A collection's table on a server: every operation is a single command on a single document. */
export function createTable({ rows, spec, read, write }: TableDeps): Table {
  const uniqueIndexes = spec.indexes.filter(({ unique }) => unique).map(({ name }) => name);

  /** Runs a write that a unique index may refuse; removes expired holders and tries again. */
  async function overExpired<R>(
    row: Row,
    now: number,
    isOwnIdFree: boolean,
    run: () => Promise<R>,
  ): Promise<R> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      try {
        return await write(run);
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
      const holders = await read(() => rows.find(holding(row, isOwnIdFree)).toArray());
      if (holders.some(({ e }) => e === null || e > now)) throw conflict(spec.name);
      // The version: somebody may have made the holder anew since.
      for (const { _id, v } of holders) await write(() => rows.deleteOne({ _id, v }));
    }
    throw busy(`write over expired documents of ${spec.name}`);
  }

  /** Who stands in the way of `row`. */
  function holding(row: Row, isOwnIdFree: boolean): mongo.Filter<StoredRow> {
    const keys = row.keys.filter(([index]) => uniqueIndexes.includes(index));
    const byKey = keys.map(([index, key]) => ({ [`ix.${index}`]: key, _id: { $ne: row.id } }));
    const all = isOwnIdFree ? byKey : [...byKey, { _id: row.id }];
    // An empty `$or` is an error; nobody has a null id.
    return all.length === 0 ? { _id: { $in: [] } } : { $or: all };
  }

  return {
    read: (id, now) => read(async () => toStoredText(await rows.findOne({ _id: id, ...live(now) }))),
    first: (index, key, now) =>
      read(async () =>
        toStoredText(await rows.findOne({ [`ix.${index}`]: key, ...live(now) }, { sort: { _id: 1 } })),
      ),
    entries: (index, range, from, limit, now): Promise<Entry[]> =>
      read(() => listEntries(rows, { path: `ix.${index}`, range, from, limit, live: live(now) })),
    scan: (after, limit, now) =>
      read(async () => {
        const from = after === null ? {} : { _id: { $gt: after } };
        const found = await rows.find({ ...from, ...live(now) }, { sort: { _id: 1 }, limit }).toArray();
        return found.map(row => ({ place: row._id, text: toText(row) }));
      }),
    insert: (row, now) => overExpired(row, now, false, () => rows.insertOne(toStored(row, spec.countable))),
    put: (row, now) =>
      overExpired(row, now, true, () => {
        const { _id, ...rest } = toStored(row, spec.countable);
        return rows.replaceOne({ _id }, rest, { upsert: true });
      }),
    swap: (row, version, _keysChanged, now) =>
      overExpired(row, now, true, async () => {
        const { _id, ...rest } = toStored(row, spec.countable);
        return (await rows.replaceOne({ _id, v: version }, rest)).matchedCount === 1;
      }),
    take: (id, version, now) =>
      write(async () => {
        const gone = await rows.findOneAndDelete(
          version === null ? { _id: id, ...live(now) } : { _id: id, v: version },
        );
        return gone === null ? null : toText(gone);
      }),
    increment: (made, field, by, max, now) => incrementField({ rows, write, made, field, by, max, now }),
    remove: id => write(() => rows.deleteOne({ _id: id })),
    removeBy: (index, key, now) =>
      write(async () => (await rows.deleteMany({ [`ix.${index}`]: key, ...live(now) })).deletedCount),
    reap: (now, limit) =>
      write(async () => {
        const expired = await rows
          .find({ e: { $lte: now } }, { projection: { _id: 1 }, sort: { e: 1 }, limit })
          .toArray();
        const ids = expired.map(({ _id }) => _id);
        return (await rows.deleteMany({ _id: { $in: ids }, e: { $lte: now } })).deletedCount;
      }),
  };
}

/** The part of a filter that lets only live documents through. */
export function live(now: number): { $or: mongo.Filter<StoredRow>[] } {
  return { $or: [{ e: null }, { e: { $gt: now } }] };
}

function toStoredText(row: StoredRow | null): StoredText | null {
  return row === null ? null : { id: row._id, version: row.v, text: toText(row) };
}
