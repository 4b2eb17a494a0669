/**
 * The embedded backend: one file, `node:sqlite`. A worker thread writes (group commit, a slow disk never stalls the
 * event loop), the main thread reads through a read-only connection. Several processes may open the same file.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '#config/index.ts';
import type { Backend, BackendOptions, KeysOf, Table, TableSpec } from '../backend.ts';
import { unavailable } from '../errors.ts';
import { rebuildIndexes } from './rebuild.ts';
import { versionNote } from './schema.ts';
import { createTable } from './table.ts';
import { startWriter, type Writer } from './writer.ts';

/** A reader meets a lock only while another process recovers or closes the file; the event loop waits no longer. */
const READ_LOCK_TIMEOUT_MS = 100;

export async function openSqlite({ url, clock, logger, testing = {} }: BackendOptions): Promise<Backend> {
  const path = resolve(url.slice('sqlite:'.length));
  prepareFolder(path);
  const data = {
    path,
    commitDelayMs: testing.commitDelayMs ?? 0,
    maxPageCount: testing.maxPageCount,
    readOnly: testing.readOnly ?? false,
  };
  const writer = await startWriter(data, logger);
  const reader = await openReader(path, writer);
  const note = reader.prepare('SELECT value FROM store_notes WHERE name = ?');
  const noted = (name: string): unknown => note.get(name)?.['value'];

  async function prepareTable(spec: TableSpec, keysOf: KeysOf, table: Table, isNew: boolean): Promise<Table> {
    if (isNew) await writer.submit(['create', spec.name]);
    else {
      logger?.warn({ collection: spec.name, version: spec.version }, 'store: rebuilding the indexes');
      await rebuildIndexes({ reader, writer, name: spec.name, keysOf, now: () => clock.now() });
    }
    // ORDER: the version is noted last, so that an interrupted rebuild starts again.
    await writer.submit(['note', versionNote(spec.name), spec.version]);
    return table;
  }

  return {
    table(spec, keysOf) {
      const uniqueIndexes = spec.indexes.filter(({ unique }) => unique).map(({ name }) => name);
      writer.declare({ table: spec.name, hasIndexes: spec.indexes.length > 0, uniqueIndexes });
      const table = createTable(reader, writer, spec.name);
      const version = noted(versionNote(spec.name));
      return version === spec.version ? table : prepareTable(spec, keysOf, table, version === undefined);
    },
    async check(now) {
      await writer.submit(['note', 'checked_at', now]);
      if (noted('checked_at') === undefined) throw unavailable('the write is not there');
    },
    stats: () => writer.stats(),
    async close() {
      await writer.close();
      if (reader.isOpen) reader.close();
    },
  };
}

/** The writer has made the file, so the reader finds its tables. */
async function openReader(path: string, writer: Writer): Promise<DatabaseSync> {
  try {
    return new DatabaseSync(path, { readOnly: true, timeout: READ_LOCK_TIMEOUT_MS });
  } catch (cause) {
    await writer.close();
    throw unavailable('the file cannot be read', cause);
  }
}

// SECURITY: the file holds credentials; nobody but the service's own account reads it. SQLite gives its side files
// the same mode.
function prepareFolder(path: string): void {
  try {
    makeFolder(dirname(path), 'TROUSSEAU_STORE_URL');
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(`the file of TROUSSEAU_STORE_URL cannot be made: ${why}`, cause);
  }
}
