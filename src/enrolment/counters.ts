import type { Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

interface Counter extends Doc {
  readonly count: number;
}

const countersSpec: CollectionSpec<Counter> = { name: 'enrolment_counters', version: 1, indexes: {} };

/** So many within a window that begins with the first. Every process counts in the same place. */
export interface Bound {
  readonly id: string;
  readonly max: number;
  readonly windowSeconds: number;
}

export interface Counters {
  /**
   * INVARIANT: counted before anything is done, in one atomic statement: parallel callers never pass the bound. False
   * when one of the bounds is reached; what was counted under the others stays counted.
   */
  admit(bounds: readonly Bound[]): Promise<boolean>;
  /** The same, resolving to the number reached, or `null`. */
  count(bound: Bound): Promise<number | null>;
}

export function createCounters(deps: { readonly store: Store; readonly clock: Clock }): Counters {
  const counters = deps.store.collection(countersSpec);
  const count = ({ id, max, windowSeconds }: Bound) =>
    counters.increment(id, 'count', 1, { max, expiresAt: deps.clock.now() + windowSeconds });
  return {
    count,
    async admit(bounds) {
      for (const bound of bounds) if ((await count(bound)) === null) return false;
      return true;
    },
  };
}
