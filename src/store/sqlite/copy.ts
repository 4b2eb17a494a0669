import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '#kernel/index.ts';
import { makeFolder } from '#config/index.ts';
import type { IndexKey } from '../backend.ts';
import type { CopiedRow, StoreCopy, StoreFilling } from '../copy.ts';
import { unavailable } from '../errors.ts';
import { refuseNewer, SCHEMA_NOTE, schemaOf, UPGRADES } from '../upgrades.ts';
import { collectionNames, createTables, prepareFile, tableNames, writeNote } from './schema.ts';

/** Written by `check` only: says nothing about the data. */
const CHECK_NOTE = 'checked_at';

/** One read transaction over the whole file: writers go on, and nothing of what they write from now on is seen. */
export function openCopy(file: string): StoreCopy {
  const path = resolve(file);
  if (!existsSync(path)) throw unavailable('there is no store to copy');
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  db.exec('BEGIN');
  // The first read is what fixes the instant.
  const notes = db.prepare('SELECT name, value FROM store_notes').all();
  return {
    notes: Object.fromEntries(
      notes.map(({ name, value }) => [String(name), Number(value)]).filter(([name]) => name !== CHECK_NOTE),
    ),
    collections: collectionNames(db),
    *rows(collection, now) {
      const { docs } = tableNames(collection);
      const live = `SELECT id, version, expires_at, doc, keys FROM ${docs} WHERE expires_at IS NULL OR expires_at > ?`;
      for (const row of db.prepare(live).iterate(now)) {
        yield {
          collection,
          id: String(row['id']),
          version: Number(row['version']),
          expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']),
          text: String(row['doc']),
          keys: row['keys'] === null ? null : String(row['keys']),
        };
      }
    },
    close: () => db.close(),
  };
}

/** Fills `FILE.restoring`, which takes the name of the file at the end: a restore that was cut short leaves no store. */
export function openFilling(file: string): StoreFilling {
  const path = resolve(file);
  // A log that was left behind would be played into the new file.
  if ([path, `${path}-wal`, `${path}-journal`].some(existsSync)) throw placeTaken();
  makeFolder(dirname(path), 'TROUSSEAU_STORE_URL');
  const filling = `${path}.restoring`;
  rmSync(filling, { force: true });
  // SECURITY: as the store itself, nobody but the service's own account reads it.
  closeSync(openSync(filling, 'wx', 0o600));
  const db = new DatabaseSync(filling);
  // Nobody else has this file, and it is worth nothing before its end: the one sync comes then.
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  prepareFile(db);
  const writers = new Map<string, (row: CopiedRow) => void>();

  return {
    add(collection) {
      if (!/^[a-z][a-z0-9_]*$/u.test(collection)) throw new TypeError(`collection name ${collection}`);
      createTables(db, collection);
      writers.set(collection, rowWriter(db, collection));
    },
    note(name, value) {
      if (name === SCHEMA_NOTE) refuseNewer(value, schemaOf(UPGRADES));
      writeNote(db, name, value);
    },
    write(rows) {
      db.exec('BEGIN');
      for (const row of rows) {
        const write = writers.get(row.collection);
        if (!write) throw new TypeError(`a row of ${row.collection}, which was not announced`);
        write(row);
      }
      db.exec('COMMIT');
    },
    finish() {
      const verdict = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
      if (verdict !== 'ok') throw unavailable(`the restored file is not sound: ${String(verdict)}`);
      db.close();
      sync(filling);
      renameSync(filling, path);
      sync(dirname(path));
    },
    abandon() {
      if (db.isOpen) db.close();
      rmSync(filling, { force: true });
    },
  };
}

function rowWriter(db: DatabaseSync, collection: string): (row: CopiedRow) => void {
  const { docs, keys: keyTable } = tableNames(collection);
  const addDoc = db.prepare(
    `INSERT INTO ${docs} (id, version, expires_at, doc, keys) VALUES (?, ?, ?, ?, ?)`,
  );
  const addKey = db.prepare(`INSERT OR IGNORE INTO ${keyTable} (idx, key, id) VALUES (?, ?, ?)`);
  return ({ id, version, expiresAt, text, keys }) => {
    addDoc.run(id, version, expiresAt, text, keys);
    if (keys === null) return;
    for (const [index, key] of JSON.parse(keys) as IndexKey[]) addKey.run(index, key, id);
  };
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** `store.place_taken` (409): a restore never writes over data. */
function placeTaken(): AppError {
  return new AppError({
    code: 'store.place_taken',
    status: 409,
    publicMessage: 'Des données se trouvent déjà à cet endroit.',
    hint: 'Restaurez dans un emplacement vide, ou mettez de côté les données présentes.',
    detail: 'the file of TROUSSEAU_STORE_URL (or its -wal) exists: move all of them aside first',
  });
}
