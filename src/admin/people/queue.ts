/** Work that must not overlap. */
export interface Queue {
  /** Runs `work` once everything asked before has ended, well or not. */
  after<T>(work: () => Promise<T>): Promise<T>;
  /** The same; callers who come before it has begun share one run, which therefore begins after each of them came. */
  shared(work: () => Promise<void>): Promise<void>;
}

export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  let waiting: Promise<void> | undefined;

  function after<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    after,
    shared(work) {
      waiting ??= after(() => {
        waiting = undefined;
        return work();
      });
      return waiting;
    },
  };
}
