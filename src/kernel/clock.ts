/** The only source of time. Stored instants are epoch seconds named `…At`; decisions compare milliseconds. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Whole epoch seconds. */
  now(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  now: () => Math.floor(Date.now() / 1000),
};

/** A clock that follows the system's, shifted by what `advance` added: tests live four months in a second. */
export interface ShiftedClock extends Clock {
  advance(seconds: number): void;
  setMs(epochMs: number): void;
}

export function createShiftedClock(): ShiftedClock {
  let shiftMs = 0;
  return {
    nowMs: () => Date.now() + shiftMs,
    now: () => Math.floor((Date.now() + shiftMs) / 1000),
    advance(seconds) {
      shiftMs += seconds * 1000;
    },
    setMs(epochMs) {
      shiftMs = epochMs - Date.now();
    },
  };
}
