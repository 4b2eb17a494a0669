import { hashToken, fold, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

interface Counter extends Doc {
  readonly count: number;
}

const attempts: CollectionSpec<Counter> = { name: 'signin_attempts', version: 1, indexes: {} };

/** One bound: so many within a window that begins with the first. */
export interface Bound {
  /** What it bounds, as the trail says it. */
  readonly name: string;
  readonly id: string;
  readonly max: number;
  readonly windowSeconds: number;
  /** Counted, and never a reason to refuse. */
  readonly isLenient?: boolean;
}

/** What is counted within a window; every process counts in the same place. */
export interface Counters {
  /**
   * INVARIANT: counted before anything is judged, in one atomic statement: parallel guesses never pass the bound.
   * `null` when it is reached.
   */
  count(bound: Bound): Promise<number | null>;
  /** Gives one back. */
  refund(bound: Bound): Promise<void>;
  forget(bound: Bound): Promise<void>;
  /** Counts one under every bound, or under none of them: resolves to the bound that was reached, or to `null`. */
  countAll(bounds: readonly Bound[]): Promise<Bound | null>;
  /** Seconds until the window of the bound ends, at least 1. */
  secondsLeft(bound: Bound): Promise<number>;
}

export function createCounters(deps: { readonly store: Store; readonly clock: Clock }): Counters {
  const { clock } = deps;
  const counters = deps.store.collection(attempts);

  const count = ({ id, max, windowSeconds }: Bound) =>
    counters.increment(id, 'count', 1, { max, expiresAt: clock.now() + windowSeconds });
  const refund = async ({ id }: Bound) =>
    void (await counters.increment(id, 'count', -1, { expiresAt: clock.now() + 1 }));

  return {
    count,
    refund,
    forget: ({ id }) => counters.remove(id),
    async countAll(bounds) {
      const counted = await Promise.all(
        bounds.map(async bound => ({ bound, isCounted: (await count(bound)) !== null })),
      );
      const reached = counted.find(({ bound, isCounted }) => !isCounted && bound.isLenient !== true);
      if (!reached) return null;
      await Promise.all(counted.filter(({ isCounted }) => isCounted).map(({ bound }) => refund(bound)));
      return reached.bound;
    },
    async secondsLeft({ id }) {
      const counter = await counters.get(id);
      return Math.max(1, (counter?.expiresAt ?? 0) - clock.now());
    },
  };
}

/** A login as it is counted: folded, so that its spellings share one budget; hashed, since people type passwords there. */
export function bucketOf(text: string): string {
  return hashToken(fold(text));
}
