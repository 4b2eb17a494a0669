import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { IndexKey } from '../backend.ts';
import type { Answer, Outcome, Refusal, RowTuple, SwapTuple } from './protocol.ts';
import { createTables, tableNames, versionNote, writeNote } from './schema.ts';

/**
 * The writes of one collection, inside the writer's transaction.
 * INVARIANT: every check comes before the first change, so that a refused operation leaves nothing behind and the
 * others of its group commit without a savepoint each.
 */
export interface TableWriter {
  insert(row: RowTuple, now: number): Outcome;
  put(row: RowTuple, now: number): Outcome;
  swap(row: SwapTuple, expected: number, now: number): Outcome;
  take(id: string, expected: number | null, now: number): Answer;
  increment(row: RowTuple, field: string, by: number, max: number | null, now: number): Answer;
  remove(id: string): Answer;
  removeBy(index: string, key: string, now: number): Answer;
  reap(now: number, limit: number): Answer;
  create(version: number): Answer;
  unindex(): Answer;
  index(id: string, version: number, keys: string | null, now: number): Outcome;
}

export function createTableWriter(
  db: DatabaseSync,
  name: string,
  indexes: { readonly any: boolean; readonly unique: ReadonlySet<string> },
): TableWriter {
  const { docs, keys: keyTable } = tableNames(name);
  const live = '(expires_at IS NULL OR expires_at > ?)';
  const columns = '(id, version, expires_at, doc, keys) VALUES (?, ?, ?, ?, ?)';
  const replace = 'version = excluded.version, expires_at = excluded.expires_at, doc = excluded.doc';

  const state = lazy(db, `SELECT version, expires_at, keys FROM ${docs} WHERE id = ?`);
  const insertOverExpired = lazy(
    db,
    `INSERT INTO ${docs} ${columns} ON CONFLICT (id) DO UPDATE SET ${replace} WHERE expires_at <= ?`,
  );
  const upsert = lazy(
    db,
    `INSERT INTO ${docs} ${columns} ON CONFLICT (id) DO UPDATE SET ${replace}, keys = excluded.keys`,
  );
  const swapText = lazy(
    db,
    `UPDATE ${docs} SET version = ?, expires_at = ?, doc = ? WHERE id = ? AND version = ?`,
  );
  const setKeys = lazy(db, `UPDATE ${docs} SET keys = ? WHERE id = ?`);
  const takeLive = lazy(db, `DELETE FROM ${docs} WHERE id = ? AND ${live} RETURNING doc, keys`);
  const takeVersion = lazy(db, `DELETE FROM ${docs} WHERE id = ? AND version = ? RETURNING doc, keys`);
  const remove = lazy(db, `DELETE FROM ${docs} WHERE id = ? RETURNING keys`);
  const reap = lazy(
    db,
    `DELETE FROM ${docs} WHERE id IN (SELECT id FROM ${docs} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
     RETURNING id, keys`,
  );
  const addKey = lazy(db, `INSERT OR IGNORE INTO ${keyTable} (idx, key, id) VALUES (?, ?, ?)`);
  const dropKey = lazy(db, `DELETE FROM ${keyTable} WHERE idx = ? AND key = ? AND id = ?`);
  const holders = lazy(
    db,
    `SELECT k.id, d.expires_at FROM ${keyTable} k JOIN ${docs} d ON d.id = k.id WHERE k.idx = ? AND k.key = ? AND k.id <> ?`,
  );
  const idsOf = lazy(db, `SELECT id FROM ${keyTable} WHERE idx = ? AND key = ?`);

  const sum = `coalesce(json_extract(doc, $path), 0) + $by`;
  const add = lazy(
    db,
    `INSERT INTO ${docs} (id, version, expires_at, doc) VALUES ($id, $version, $expiresAt, $text)
     ON CONFLICT (id) DO UPDATE SET
       version = excluded.version,
       doc = CASE WHEN expires_at <= $now THEN excluded.doc ELSE json_set(doc, $path, ${sum}) END,
       expires_at = CASE WHEN expires_at <= $now THEN excluded.expires_at ELSE expires_at END
     WHERE expires_at <= $now OR $max IS NULL OR ${sum} <= $max RETURNING json_extract(doc, $path) AS value`,
  );
  const addToLive = lazy(
    db,
    `UPDATE ${docs} SET version = $version, doc = json_set(doc, $path, ${sum})
     WHERE id = $id AND (expires_at IS NULL OR expires_at > $now) AND ${sum} <= $max
     RETURNING json_extract(doc, $path) AS value`,
  );

  function dropKeys(id: string, keys: unknown): void {
    for (const [index, key] of parseKeys(keys)) dropKey().run(index, key, id);
  }

  function addKeys(id: string, keys: readonly IndexKey[]): void {
    for (const [index, key] of keys) addKey().run(index, key, id);
  }

  function removeDoc(id: string): void {
    const gone = remove().get(id);
    if (gone) dropKeys(id, gone['keys']);
  }

  /** Refuses a key that another live document holds; collects the expired holders, which the caller removes. */
  function checkUnique(
    id: string,
    keys: readonly IndexKey[],
    now: number,
  ): { conflict: Refusal } | { expired: string[] } {
    const expired: string[] = [];
    for (const [index, key] of keys) {
      if (!indexes.unique.has(index)) continue;
      for (const holder of holders().all(index, key, id)) {
        if (!isExpired(holder['expires_at'], now)) {
          return { conflict: ['conflict', `${name}.${index}`] };
        }
        expired.push(String(holder['id']));
      }
    }
    return { expired };
  }

  function writeIndexed(row: RowTuple, before: Record<string, unknown> | undefined, now: number): Outcome {
    const [id, version, expiresAt, text, keysText] = row;
    if (before?.['keys'] === keysText && !isExpired(before['expires_at'], now)) {
      upsert().run(id, version, expiresAt, text, keysText);
      return null;
    }
    const keys = parseKeys(keysText);
    const held = checkUnique(id, keys, now);
    if ('conflict' in held) return held.conflict;
    held.expired.forEach(removeDoc);
    if (before) dropKeys(id, before['keys']);
    upsert().run(id, version, expiresAt, text, keysText);
    addKeys(id, keys);
    return null;
  }

  return {
    insert(row, now) {
      const [id, version, expiresAt, text] = row;
      if (!indexes.any) {
        const { changes } = insertOverExpired().run(id, version, expiresAt, text, null, now);
        return Number(changes) === 0 ? ['conflict', `${name} id`] : null;
      }
      const before = state().get(id);
      if (before && !isExpired(before['expires_at'], now)) return ['conflict', `${name} id`];
      return writeIndexed(row, before, now);
    },
    put(row, now) {
      const [id, version, expiresAt, text] = row;
      if (indexes.any) return writeIndexed(row, state().get(id), now);
      upsert().run(id, version, expiresAt, text, null);
      return null;
    },
    swap([id, version, expiresAt, text, keysText], expected, now) {
      if (keysText === undefined) {
        return Number(swapText().run(version, expiresAt, text, id, expected).changes);
      }
      const before = state().get(id);
      if (before?.['version'] !== expected) return 0;
      return writeIndexed([id, version, expiresAt, text, keysText], before, now) ?? 1;
    },
    take(id, expected, now) {
      const gone = expected === null ? takeLive().get(id, now) : takeVersion().get(id, expected);
      if (!gone) return null;
      dropKeys(id, gone['keys']);
      return String(gone['doc']);
    },
    increment([id, version, expiresAt, text], field, by, max, now) {
      const path = `$.${JSON.stringify(field)}`;
      const bound = { id, version, now, path, by, max };
      // Beyond `max` already with the first step: only a live document with a lower value can take it.
      const changed =
        max !== null && by > max ? addToLive().get(bound) : add().get({ ...bound, expiresAt, text });
      return changed ? Number(changed['value']) : null;
    },
    remove(id) {
      removeDoc(id);
      return null;
    },
    removeBy(index, key, now) {
      const ids = idsOf().all(index, key);
      let removed = 0;
      for (const { id } of ids) {
        const gone = takeLive().get(String(id), now);
        if (!gone) continue;
        dropKeys(String(id), gone['keys']);
        removed += 1;
      }
      return removed;
    },
    reap(now, limit) {
      const gone = reap().all(now, limit);
      for (const { id, keys } of gone) dropKeys(String(id), keys);
      return gone.length;
    },
    create(version) {
      createTables(db, name);
      writeNote(db, versionNote(name), version);
      return null;
    },
    unindex() {
      db.exec(`DELETE FROM ${keyTable}; UPDATE ${docs} SET keys = NULL WHERE keys IS NOT NULL;`);
      return null;
    },
    index(id, version, keysText, now) {
      const before = state().get(id);
      if (before?.['version'] !== version || before['keys'] === keysText) return null;
      const keys = parseKeys(keysText);
      const held = checkUnique(id, keys, now);
      if ('conflict' in held) return held.conflict;
      held.expired.forEach(removeDoc);
      dropKeys(id, before['keys']);
      setKeys().run(keysText, id);
      addKeys(id, keys);
      return null;
    },
  };
}

function isExpired(expiresAt: unknown, now: number): boolean {
  return typeof expiresAt === 'number' && expiresAt <= now;
}

function parseKeys(keys: unknown): readonly IndexKey[] {
  return typeof keys === 'string' ? (JSON.parse(keys) as IndexKey[]) : [];
}

/** A statement prepared on first use: a process declares more than it uses. */
function lazy(db: DatabaseSync, sql: string): () => StatementSync {
  let statement: StatementSync | undefined;
  return () => (statement ??= db.prepare(sql));
}
