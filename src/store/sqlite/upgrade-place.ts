import { randomInt } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { StoredRow } from '../rows.ts';
import type { UpgradePlace } from '../upgrades.ts';
import { takeFile } from './lock.ts';
import { collectionNames, tableNames, versionNote } from './schema.ts';
import type { Writer } from './writer.ts';

/** Documents per step: the event loop turns in between. */
const STEP = 200;

/** What upgrades do with a file. Its lock is a file beside it, which ends with the process. */
export function createUpgradePlace(deps: {
  readonly path: string;
  readonly reader: DatabaseSync;
  readonly writer: Writer;
  readonly now: () => number;
}): UpgradePlace {
  const { path, reader, writer, now } = deps;
  const note = reader.prepare('SELECT value FROM store_notes WHERE name = ?');
  const hasTable = reader.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");

  async function* rowsOf(collection: string): AsyncGenerator<StoredRow> {
    const { docs } = tableNames(collection);
    if (!hasTable.get(docs)) return;
    writer.declare({ table: collection, hasIndexes: true, uniqueIndexes: [] });
    const rows = reader.prepare(
      `SELECT id, version, expires_at, doc FROM ${docs} WHERE id > ? ORDER BY id LIMIT ${STEP}`,
    );
    let after = '';
    for (let step = rows.all(after); step.length > 0; step = rows.all(after)) {
      for (const row of step) {
        const id = String(row['id']);
        const expiresAt = row['expires_at'] === null ? null : Number(row['expires_at']);
        const version = Number(row['version']);
        const replace = async (text: string): Promise<boolean> => {
          const changed = [id, randomInt(2 ** 47), expiresAt, text, undefined] as const;
          return (await writer.submit(['swap', collection, changed, version, now()])) === 1;
        };
        const remove = async (): Promise<boolean> =>
          (await writer.submit(['take', collection, id, version, now()])) !== null;
        yield { id, expiresAt, text: String(row['doc']), replace, remove };
        after = id;
      }
    }
  }

  return {
    note(name) {
      const value = note.get(name)?.['value'];
      return value === undefined ? undefined : Number(value);
    },
    setNote: (name, value) => writer.submit(['note', name, value]),
    isNew: () =>
      reader.prepare('SELECT 1 FROM store_notes WHERE name LIKE ?').get(versionNote('%')) === undefined,
    async alone(run) {
      const lock = takeFile(`${path}-upgrade.lock`);
      if (!lock) return false;
      try {
        await run();
        return true;
      } finally {
        lock.release();
      }
    },
    collections: () => collectionNames(reader),
    rows: rowsOf,
  };
}
