import { AppError } from '#kernel/index.ts';
import type { Collection, Doc, Store } from '#store/index.ts';

/** A store whose process dies at its `n`th write: that one and all later ones are refused and leave nothing. */
export function createDyingStore(
  store: Store,
  n: number,
): { readonly store: Store; readonly isDead: () => boolean } {
  let writes = 0;
  const live = <R>(write: () => Promise<R>): Promise<R> => {
    writes += 1;
    if (writes < n) return write();
    return Promise.reject(
      new AppError({ code: 'store.unavailable', status: 503, publicMessage: 'Mort.', detail: 'died' }),
    );
  };
  return {
    isDead: () => writes >= n,
    store: {
      ...store,
      collection<T extends Doc>(spec: Parameters<typeof store.collection<T>>[0]): Collection<T> {
        const real = store.collection(spec);
        return {
          ...real,
          insert: doc => live(() => real.insert(doc)),
          put: doc => live(() => real.put(doc)),
          update: (id, change) => live(() => real.update(id, change)),
          remove: id => live(() => real.remove(id)),
          removeBy: (index, key) => live(() => real.removeBy(index, key)),
        };
      },
    },
  };
}
