import type { Clock } from '#kernel/index.ts';

/** A clock that stands until it is moved: for tests at the very second of a bound, which no busy machine may cross. */
export interface StillClock extends Clock {
  advance(seconds: number): void;
}

export function createStillClock(): StillClock {
  let ms = Date.now();
  return {
    nowMs: () => ms,
    now: () => Math.floor(ms / 1000),
    advance(seconds) {
      ms += seconds * 1000;
    },
  };
}
