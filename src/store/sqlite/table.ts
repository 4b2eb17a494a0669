import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry, IndexKey, Position, Row, StoredText, Table } from '../backend.ts';
import { unavailable } from '../errors.ts';
import type { RowTuple } from './protocol.ts';
import { tableNames } from './schema.ts';
import type { Writer } from './writer.ts';

/** Greater than every key with the prefix before it: U+10FFFF is no character. */
const AFTER_ALL = '\u{10FFFF}';

/** A collection's table: writes go to the writer thread, reads are answered here from the read-only connection. */
export function createTable(reader: DatabaseSync, writer: Writer, name: string): Table {
  const { docs, keys } = tableNames(name);
  const live = '(d.expires_at IS NULL OR d.expires_at > $now)';
  const prepare = (sql: string): (() => StatementSync) => {
    let statement: StatementSync | undefined;
    return () => (statement ??= tuples(reader.prepare(sql)));
  };
  // By position: the most frequent reads of all cost a third less than by name.
  const byId = prepare(
    `SELECT version, doc FROM ${docs} WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)`,
  );
  const joined = `FROM ${keys} k JOIN ${docs} d ON d.id = k.id WHERE k.idx = $index AND ${live}`;
  const byKey = prepare(`SELECT d.version, d.doc, d.id ${joined} AND k.key = $key ORDER BY k.id LIMIT 1`);
  const ofKey = prepare(
    `SELECT k.key, k.id, d.doc FROM ${keys} k JOIN ${docs} d ON d.id = k.id
     WHERE k.idx = ? AND k.key = ? AND k.id > ? AND (d.expires_at IS NULL OR d.expires_at > ?)
     ORDER BY k.id LIMIT ?`,
  );
  const page = prepare(
    `SELECT k.key, k.id, d.doc ${joined} AND k.key >= $low AND k.key <= $high AND (k.key, k.id) > ($key, $id)
     ORDER BY k.key, k.id LIMIT $limit`,
  );
  // In the order of the file, page after page of it, which no index has to be asked for.
  const stretch = prepare(
    `SELECT rowid, doc FROM ${docs} d WHERE rowid > $after AND ${live} ORDER BY rowid LIMIT $limit`,
  );

  return {
    read: (id, now) => reading(() => toStored(byId().get(id, now), id)),
    first: (index, key, now) => reading(() => toStored(byKey().get({ index, key, now }))),
    entries: (index, range, from, limit, now) =>
      reading(() => {
        const place = from ?? START;
        if ('prefix' in range)
          return page()
            .all({ index, ...bounds(range.prefix), ...place, limit, now })
            .map(toEntry);
        const { key } = range;
        const after = place.key === key ? place.id : START.id;
        return ofKey().all(index, key, after, now, limit).map(toEntry);
      }),
    scan: (after, limit, now) =>
      reading(() =>
        stretch()
          .all({ after: after === null ? FIRST_ROW : Number(after), limit, now })
          .map(toStretch),
      ),
    insert: (row, now) => writer.submit(['insert', name, toTuple(row), now]),
    put: (row, now) => writer.submit(['put', name, toTuple(row), now]),
    async swap(row, version, keysChanged, now) {
      const keysText = keysChanged ? toKeysText(row.keys) : undefined;
      const tuple = [row.id, row.version, row.expiresAt, row.text, keysText] as const;
      return (await writer.submit(['swap', name, tuple, version, now])) === 1;
    },
    async take(id, version, now) {
      const text = await writer.submit(['take', name, id, version, now]);
      return typeof text === 'string' ? text : null;
    },
    async increment(made, field, by, max, now) {
      const value = await writer.submit(['increment', name, toTuple(made), field, by, max, now]);
      return typeof value === 'number' ? value : null;
    },
    remove: id => writer.submit(['remove', name, id]),
    removeBy: async (index, key, now) => Number(await writer.submit(['removeBy', name, index, key, now])),
    reap: async (now, limit) => Number(await writer.submit(['reap', name, now, limit])),
  };
}

/** Before every row: SQLite gives numbers from 1 on. */
const FIRST_ROW = 0;

/** Before every entry. */
const START: Position = { key: '', id: '' };

export function toKeysText(keys: readonly IndexKey[]): string | null {
  return keys.length === 0 ? null : JSON.stringify(keys);
}

function toTuple(row: Row): RowTuple {
  return [row.id, row.version, row.expiresAt, row.text, toKeysText(row.keys)];
}

const bounds = (prefix: string) => ({ low: prefix, high: `${prefix}${AFTER_ALL}` });

/** Rows come as tuples in the order of their columns: making objects of them takes as long as reading them. */
function tuples(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}

/** `id`: where it is known, it is not read. */
function toStored(row: unknown, id?: string): StoredText | null {
  if (row === undefined) return null;
  const [version, text, found = ''] = row as [version: number, doc: string, id?: string];
  return { id: id ?? found, version, text };
}

function toEntry(row: unknown): Entry {
  const [key, id, text] = row as [string, string, string];
  return { key, id, text };
}

function toStretch(row: unknown): { place: string; text: string } {
  const [place, text] = row as [number, string];
  return { place: String(place), text };
}

function reading<R>(read: () => R): R {
  try {
    return read();
  } catch (cause) {
    throw unavailable('the read failed', cause);
  }
}
