import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealer, randomId, systemClock, type Clock, type Sealer } from '#kernel/index.ts';
import { openStore, type OpenedStore, type StoreLogger, type StoreTesting } from '#store/index.ts';

export interface TestStoreOptions {
  readonly clock?: Clock;
  readonly sealer?: Sealer;
  readonly logger?: StoreLogger;
  /** Opens this one again instead of a new one. */
  readonly url?: string;
  /** SQLite's faults; forces SQLite. */
  readonly testing?: StoreTesting;
}

/** A store of its own; `close` ends it, `destroy` ends it and removes what it stored. */
export interface TestStore extends OpenedStore {
  readonly url: string;
  destroy(): Promise<void>;
}

/** The sealer of the tests: one fixed key. */
export function createTestSealer(): Sealer {
  return createSealer([{ id: 'test', key: new Uint8Array(32).fill(7) }]);
}

/** A URL that nobody else uses: a MongoDB database when `TEST_MONGODB_URL` is set, else a file in a new folder. */
export async function newStoreUrl(kind: 'any' | 'sqlite' = 'any'): Promise<string> {
  const server = process.env['TEST_MONGODB_URL'];
  if (kind === 'sqlite' || !server) {
    return `sqlite:${join(await mkdtemp(join(tmpdir(), 'trousseau-store-')), 'store.db')}`;
  }
  // The server's own database name, if any, gives way; hosts and options stay.
  return server.replace(/^([^:]+:\/\/[^/?]+)(?:\/[^?]*)?/u, `$1/t-${randomId(9)}`);
}

/** Opens a fresh store on the backend that the run is about. `destroy` it in `afterEach` or `after`. */
export async function openTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const { clock = systemClock, sealer = createTestSealer(), logger, testing } = options;
  const url = options.url ?? (await newStoreUrl(testing ? 'sqlite' : 'any'));
  const store = await openStore({
    url,
    sealer,
    clock,
    ...(logger ? { logger } : {}),
    ...(testing ? { testing } : {}),
  });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await store.close();
    isClosed = true;
  };
  return {
    ...store,
    url,
    close,
    async destroy() {
      await close();
      await removeStored(url);
    },
  };
}

/** Removes what a closed store has stored. */
export async function removeStored(url: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    await rm(join(url.slice('sqlite:'.length), '..'), { recursive: true, force: true });
    return;
  }
  const { createConnection } = await import('mongoose');
  const connection = await createConnection(url).asPromise();
  // The stand-in now and then refuses to drop a collection whose indexes were rebuilt; its memory goes with it.
  await connection.dropDatabase().catch((error: unknown) => {
    if (!String(error).includes('EmptyIndex')) throw error;
  });
  await connection.close();
}
