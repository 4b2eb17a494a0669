/** Durations of operations, every one kept: a benchmark has thousands, and percentiles stay exact. */
export interface Latencies {
  add(milliseconds: number): void;
  readonly count: number;
  /** The smallest duration that at least `share` (0 to 1) of the operations did not exceed; `NaN` without any. */
  percentile(share: number): number;
}

export function createLatencies(): Latencies {
  const durations: number[] = [];
  let isSorted = true;
  return {
    add(milliseconds) {
      durations.push(milliseconds);
      isSorted = false;
    },
    get count() {
      return durations.length;
    },
    percentile(share) {
      if (!isSorted) durations.sort((a, b) => a - b);
      isSorted = true;
      // Nearest rank: a duration that really happened, never an interpolated one.
      return durations[Math.max(0, Math.ceil(share * durations.length) - 1)] ?? NaN;
    },
  };
}

/** The middle value; between two, their mean; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
