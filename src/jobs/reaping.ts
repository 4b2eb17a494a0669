import type { Store } from '#store/index.ts';

const BATCH = 500;

/** Past this many batches a collection waits for the next turn, so that the others have theirs. */
const MAX_BATCHES = 200;

/**
 * Removes what has expired from every collection, in batches between which other writes go on. Only saves space:
 * an expired document does not exist for anybody, removed or not.
 */
export async function reapStore(store: Store, isStopping: () => boolean = () => false): Promise<void> {
  for (const collection of store.collections()) {
    for (let batch = 0; batch < MAX_BATCHES && !isStopping(); batch++) {
      if ((await collection.reap(BATCH)) < BATCH) break;
    }
  }
}
