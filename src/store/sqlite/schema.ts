import type { DatabaseSync } from 'node:sqlite';

/** Raised when the layout of the file changes; a file of a newer format is refused. */
const FORMAT = 1;

/** Prepares a file that the writer has just opened. Throws when it is not ours to use. */
export function prepareFile(db: DatabaseSync): void {
  const format = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (format === FORMAT) return;
  if (format > FORMAT) throw new Error(`the file has format ${format}, this program knows ${FORMAT}`);
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS store_notes (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = ${FORMAT};
    COMMIT;
  `);
}

/** Names of a collection's two tables. Collection names are checked, so they need no escaping. */
export function tableNames(name: string): { docs: string; keys: string } {
  return { docs: `docs_${name}`, keys: `keys_${name}` };
}

/** Every collection that was ever written into the file, in the order of their names. */
export function collectionNames(db: DatabaseSync): readonly string[] {
  const tables = db.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'docs\\_%' ESCAPE '\\'",
  );
  return tables
    .all()
    .map(({ name }) => String(name).slice(tableNames('').docs.length))
    .toSorted();
}

/**
 * One row per document; `keys` repeats its index keys, so that a removal knows them without decoding the text.
 * The index table is (index, key, id): look-ups, ordered lists and uniqueness are ranges of it.
 */
export function createTables(db: DatabaseSync, name: string): void {
  const { docs, keys } = tableNames(name);
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${docs} (
      id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, expires_at REAL, keys TEXT, doc TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS expiry_${name} ON ${docs} (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS ${keys} (
      idx TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (idx, key, id)
    ) WITHOUT ROWID;
  `);
}

/** Name of the note that holds the version of a collection's indexes. */
export function versionNote(name: string): string {
  return `version:${name}`;
}

/** Records a fact about the file, over what was noted under that name. */
export function writeNote(db: DatabaseSync, name: string, value: number): void {
  db.prepare(
    'INSERT INTO store_notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  ).run(name, value);
}
