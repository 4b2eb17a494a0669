import type { mongo } from 'mongoose';
import type { KeysOf, StoreLogger, TableSpec } from '../backend.ts';
import { conflict } from '../errors.ts';
import { isDuplicate, toText, type StoredNote, type StoredRow } from './layout.ts';

interface EnsureDeps {
  readonly rows: mongo.Collection<StoredRow>;
  readonly notes: mongo.Collection<StoredNote>;
  readonly spec: TableSpec;
  readonly keysOf: KeysOf;
  readonly now: () => number;
  readonly logger: StoreLogger | undefined;
}

/**
 * Creates a collection's indexes, and computes all index keys anew when its spec's version changed. Throws
 * `store.conflict` when two live documents share a key that is now unique. Raise a version with the other
 * instances stopped: what they write meanwhile carries their keys.
 */
export async function ensureIndexes({ rows, notes, spec, keysOf, now, logger }: EnsureDeps): Promise<void> {
  const note = `version:${spec.name}`;
  const stored = await notes.findOne({ _id: note });
  if (stored?.value === spec.version) return;
  if (stored !== null) {
    logger?.warn({ collection: spec.name, version: spec.version }, 'store: rebuilding the indexes');
    await rows.dropIndexes();
    // What has expired must not stand in the way of a unique key.
    await rows.deleteMany({ e: { $lte: now() } });
    await computeKeys(rows, keysOf);
  }
  await createIndexes(rows, spec);
  // ORDER: the version is noted last, so that an interrupted rebuild starts again.
  await notes.replaceOne({ _id: note }, { value: spec.version }, { upsert: true });
}

async function createIndexes(rows: EnsureDeps['rows'], spec: TableSpec): Promise<void> {
  await rows.createIndex({ e: 1 });
  for (const { name, unique } of spec.indexes) {
    const path = `ix.${name}`;
    try {
      // Sparse: documents without a key do not share the key "none".
      await (unique
        ? rows.createIndex({ [path]: 1 }, { unique, sparse: true })
        : rows.createIndex({ [path]: 1, _id: 1 }));
    } catch (error) {
      if (isDuplicate(error)) throw conflict(`${spec.name}.${name}`);
      throw error;
    }
  }
}

async function computeKeys(rows: EnsureDeps['rows'], keysOf: KeysOf): Promise<void> {
  for await (const row of rows.find().sort({ _id: 1 })) {
    const ix: Record<string, string[]> = {};
    for (const [index, key] of keysOf(row._id, toText(row))) (ix[index] ??= []).push(key);
    await rows.updateOne({ _id: row._id, v: row.v }, { $set: { ix } });
  }
}
