/**
 * What changed in the followed collections (`followed` in their spec), for whoever keeps a part of them in memory, in
 * this process and in all others on the same store. Built on the ten operations, alike on every backend. Does not
 * carry documents: it says which of them are to be read again. A reader that is not sure asks the store.
 */
import type { Clock } from '#kernel/index.ts';
import type { Collection, Doc } from '../port.ts';
import { createAnnouncer } from './announcer.ts';
import { createFollowerLoop, type Follower, type Watcher } from './follower.ts';
import { createChangeLog, type Entry } from './log.ts';

export { changeLogSpec } from './log.ts';
export type { Follower, Watcher } from './follower.ts';

export interface Changes {
  /**
   * Begins to read what others change. INVARIANT: while `isCurrent()` and `isSettled(…)` hold, what was read of a
   * document since it was last `touched` is what every write that was answered more than a second ago has left (any
   * write, when this process made it).
   */
  follow(watcher: Watcher): Follower;
}

export interface ChangesOfStore extends Changes {
  /** The same collection, every write of which is told. */
  told<T extends Doc>(name: string, collection: Collection<T>): Collection<T>;
  /** What was begun is told to its end. */
  close(): Promise<void>;
}

export function createChanges(deps: {
  readonly entries: Collection<Entry>;
  readonly clock: Clock;
  readonly warn: (error: unknown) => void;
}): ChangesOfStore {
  const { clock, warn } = deps;
  const log = createChangeLog(deps);
  const loop = createFollowerLoop({ log, clock, warn });
  const { around, close } = createAnnouncer({ log, hearer: loop, warn });
  return {
    follow: loop.follow,
    told: (name, collection) => ({
      ...collection,
      insert: doc => around(name, doc.id, () => collection.insert(doc)),
      put: doc => around(name, doc.id, () => collection.put(doc)),
      update: (id, change) => around(name, id, () => collection.update(id, change)),
      consume: (id, guard) => around(name, id, () => collection.consume(id, guard)),
      increment: (id, ...rest) => around(name, id, () => collection.increment(id, ...rest)),
      remove: id => around(name, id, () => collection.remove(id)),
      removeBy: (index, key) => around(name, null, () => collection.removeBy(index, key)),
    }),
    async close() {
      await loop.close();
      await close();
    },
  };
}
