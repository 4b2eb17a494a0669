import type { Clock, Sealer } from '#kernel/index.ts';
import type { Backend, BackendOptions, OpenedStore, StoreLogger, StoreTesting } from './backend.ts';
import type { StoredRows } from './rows.ts';
import { createStore } from './store.ts';
import { UPGRADES, upgradeStore, type Upgrade } from './upgrades.ts';

export interface OpenStoreOptions {
  /** `sqlite:PATH` (relative to the working directory, or absolute) or `mongodb://…`, `mongodb+srv://…`. */
  readonly url: string;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger?: StoreLogger;
  /** Faults, for tests of the store itself. */
  readonly testing?: StoreTesting;
  /** The product's own when not given; tests bring others. */
  readonly upgrades?: readonly Upgrade[];
}

/** One line per backend, loaded only when its scheme is asked for. */
const BACKENDS: Readonly<Record<string, () => Promise<(options: BackendOptions) => Promise<Backend>>>> = {
  sqlite: async () => (await import('./sqlite/index.ts')).openSqlite,
  mongodb: async () => (await import('./mongo/index.ts')).openMongo,
  'mongodb+srv': async () => (await import('./mongo/index.ts')).openMongo,
};

/**
 * Opens the store that the URL names, creating it when missing and bringing older data to the schema of this release. Proves that it answers; does not prove that the
 * sealing keys fit what is stored (a wrong key shows on the first sealed read).
 * Throws `store.unavailable` (503), `store.newer_schema` (409) for data of a later release, and a `TypeError` for a scheme that no backend has.
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { sealer, clock, logger } = options;
  return createStore(await openBackend(options), { sealer, clock, logger });
}

/** Opens a store for work on all of its documents, of which it needs no key. Throws as `openStore`. */
export async function openRows(
  options: Omit<OpenStoreOptions, 'sealer'>,
): Promise<StoredRows & { close(): Promise<void> }> {
  const backend = await openBackend(options);
  const { upgradePlace: place } = backend;
  return {
    collections: () => place.collections(),
    rows: collection => place.rows(collection),
    close: () => backend.close(),
  };
}

async function openBackend(options: Omit<OpenStoreOptions, 'sealer'>): Promise<Backend> {
  const { url, clock, logger, testing, upgrades = UPGRADES } = options;
  const scheme = url.slice(0, Math.max(0, url.indexOf(':')));
  const load = Object.hasOwn(BACKENDS, scheme) ? BACKENDS[scheme] : undefined;
  // The URL may hold a password: only its scheme is named.
  if (!load) throw new TypeError(`no store for the scheme "${scheme}": ${Object.keys(BACKENDS).join(', ')}`);
  const open = await load();
  const backend = await open({ url, clock, logger, testing });
  try {
    await upgradeStore({ place: backend.upgradePlace, upgrades, logger });
  } catch (error) {
    await backend.close();
    throw error;
  }
  return backend;
}
