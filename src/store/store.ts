import type { Clock, Sealer } from '#kernel/index.ts';
import {
  tableSpec,
  type Awaitable,
  type Backend,
  type OpenedStore,
  type StoreLogger,
  type Table,
} from './backend.ts';
import { changeLogSpec, createChanges } from './changes/index.ts';
import { createCodec } from './codec.ts';
import { createCollection } from './collection.ts';
import { unavailable } from './errors.ts';
import type { Collection, CollectionSpec, Doc } from './port.ts';

interface Declared {
  readonly spec: object;
  readonly collection: object;
  readonly name: string;
  reap(limit?: number): Promise<number>;
}

/** A `Store` over an opened backend. */
export function createStore(
  backend: Backend,
  { sealer, clock, logger }: { sealer: Sealer; clock: Clock; logger?: StoreLogger | undefined },
): OpenedStore {
  const declared = new Map<string, Declared>();

  function declare<T extends Doc>(spec: CollectionSpec<T>): Collection<T> {
    // `store_…` is the backends' own.
    if (!/^(?!store_)[a-z][a-z0-9_]*$/u.test(spec.name)) throw new TypeError(`collection name ${spec.name}`);
    const codec = createCodec(spec, sealer);
    const table = tableSpec(spec);
    backend.announce?.(table);
    const open = (): Awaitable<Table> =>
      backend.table(table, (id, text) => codec.keys(codec.decode(id, text)));
    const untold = createCollection(spec, open, codec, clock);
    const collection = spec.followed ? changes.told(spec.name, untold) : untold;
    declared.set(spec.name, { spec, collection, name: spec.name, reap: limit => collection.reap(limit) });
    return collection;
  }

  const changes = createChanges({
    entries: declare(changeLogSpec),
    clock,
    warn: error => logger?.warn({ err: error }, 'store: the change log could not be read or written'),
  });

  return {
    changes,
    collection<T extends Doc>(spec: CollectionSpec<T>): Collection<T> {
      const known = declared.get(spec.name);
      if (!known) return declare(spec);
      if (known.spec !== spec) throw new TypeError(`two collections are named ${spec.name}`);
      // The same spec object has the same T.
      return known.collection as Collection<T>;
    },
    collections: () => [...declared.values()].map(({ name, reap }) => ({ name, reap })),
    async check() {
      try {
        await backend.check(clock.now());
      } catch (cause) {
        throw unavailable('the check failed', cause);
      }
    },
    stats: () => backend.stats(),
    async close() {
      await changes.close();
      await backend.close();
    },
  };
}
