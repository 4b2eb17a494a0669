/**
 * The embedded backend: one file, `node:sqlite`. A worker thread writes (group commit, a slow disk never stalls the
 * event loop), the main thread reads through a read-only connection. Several processes may open the same file.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '#config/index.ts';
import type { Backend, BackendOptions, KeysOf, TableSpec } from '../backend.ts';
import { unavailable } from '../errors.ts';
import { rebuildIndexes } from './rebuild.ts';
import { versionNote } from './schema.ts';
import { createTable } from './table.ts';
import { createUpgradePlace } from './upgrade-place.ts';
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

  const announced = new Map<string, TableSpec>();
  const creations = new Map<string, Promise<unknown>>();

  /** Sends a missing table to be made. A creation that failed is tried again when it is asked for again. */
  function create({ name, version }: TableSpec): void {
    if (creations.has(name) || noted(versionNote(name)) !== undefined) return;
    const creation = writer.submit(['create', name, version]);
    creations.set(name, creation);
    creation.catch(() => creations.delete(name));
  }

  async function createAnnounced(spec: TableSpec): Promise<void> {
    // The first start makes all tables in one transaction: every change of the schema makes each connection read it anew.
    for (const one of announced.values()) create(one);
    await creations.get(spec.name);
  }

  async function rebuild({ name, version }: TableSpec, keysOf: KeysOf): Promise<void> {
    logger?.warn({ collection: name, version }, 'store: rebuilding the indexes');
    await rebuildIndexes({ reader, writer, name, keysOf, now: () => clock.now() });
    // ORDER: the version is noted last, so that an interrupted rebuild starts again.
    await writer.submit(['note', versionNote(name), version]);
  }

  return {
    announce(spec) {
      announced.set(spec.name, spec);
      const uniqueIndexes = spec.indexes.filter(({ unique }) => unique).map(({ name }) => name);
      writer.declare({ table: spec.name, hasIndexes: spec.indexes.length > 0, uniqueIndexes });
    },
    table(spec, keysOf) {
      const table = createTable(reader, writer, spec.name);
      const version = noted(versionNote(spec.name));
      if (version === spec.version) return table;
      const preparing = version === undefined ? createAnnounced(spec) : rebuild(spec, keysOf);
      return preparing.then(() => table);
    },
    async check(now) {
      await writer.submit(['note', 'checked_at', now]);
      if (noted('checked_at') === undefined) throw unavailable('the write is not there');
    },
    stats: () => writer.stats(),
    upgradePlace: createUpgradePlace({ path, reader, writer, now: () => clock.now() }),
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
