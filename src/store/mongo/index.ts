/**
 * The scale-out backend: a MongoDB server or replica set, through mongoose's connection. Uses no transaction, change
 * stream or pipeline update, so that any server of the protocol will do. The process's own clock decides what is
 * alive; `reap` removes the rest.
 */
import { createConnection } from 'mongoose';
import { isAppError } from '#kernel/index.ts';
import type { Backend, BackendOptions } from '../backend.ts';
import { unavailable } from '../errors.ts';
import { ensureIndexes } from './indexes.ts';
import { isDuplicate, type StoredNote, type StoredRow } from './layout.ts';
import { createTable } from './table.ts';
import { createUpgradePlace } from './upgrade-place.ts';

/** A server that does not answer is a 503 within seconds, not a request that hangs. */
const SELECTION_TIMEOUT_MS = 3000;
const SOCKET_TIMEOUT_MS = 10_000;
const WRITE_TIMEOUT_MS = 5000;
const DEFAULT_DATABASE = 'trousseau';

export async function openMongo({ url, clock, logger }: BackendOptions): Promise<Backend> {
  const connection = createConnection(url, {
    ...(/^[^:]+:\/\/[^/?]+\/[^?]/u.test(url) ? {} : { dbName: DEFAULT_DATABASE }),
    serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
    connectTimeoutMS: SELECTION_TIMEOUT_MS,
    waitQueueTimeoutMS: SELECTION_TIMEOUT_MS,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
    // INVARIANT: an acknowledged write is on the disks of a majority, and every read sees it.
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: WRITE_TIMEOUT_MS },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
  });
  try {
    await connection.asPromise();
  } catch (cause) {
    await connection.destroy();
    throw unavailable('the server cannot be reached', cause);
  }
  const database = connection.getClient().db(connection.name);
  const notes = database.collection<StoredNote>('store_notes');
  let operations = 0;
  let isClosed = false;

  /** Runs one command; whatever the driver throws becomes `store.unavailable`. */
  async function command<R>(run: () => Promise<R>): Promise<R> {
    if (isClosed) throw unavailable('the store is closed');
    try {
      return await run();
    } catch (cause) {
      throw isDuplicate(cause) || isAppError(cause)
        ? cause
        : unavailable('the server refused or did not answer', cause);
    }
  }

  return {
    async table(spec, keysOf) {
      const rows = database.collection<StoredRow>(spec.name);
      await command(() => ensureIndexes({ rows, notes, spec, keysOf, now: () => clock.now(), logger }));
      const write = <R>(run: () => Promise<R>): Promise<R> => {
        operations += 1;
        return command(run);
      };
      return createTable({ rows, spec, read: command, write });
    },
    async check(now) {
      await command(() => notes.replaceOne({ _id: 'checked_at' }, { value: now }, { upsert: true }));
      if ((await command(() => notes.findOne({ _id: 'checked_at' }))) === null)
        throw unavailable('the write is not there');
    },
    // The server groups its journal writes itself; seen from here each operation is one commit.
    stats: () => ({ operations, commits: operations }),
    upgradePlace: createUpgradePlace({ database, notes, command, now: () => clock.now() }),
    async close() {
      isClosed = true;
      await connection.close();
    },
  };
}
