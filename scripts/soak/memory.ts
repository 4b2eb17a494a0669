/** What a process held at one moment, garbage collected, in MiB. */
export interface Sample {
  readonly minute: number;
  readonly rss: number;
  readonly heap: number;
  /** Buffers outside the heap. */
  readonly external: number;
}

export type Measure = 'rss' | 'heap' | 'external';

export interface Trend {
  readonly measure: Measure;
  /** Medians of the second and of the last quarter of the run: the first one is warming up. */
  readonly before: number;
  readonly after: number;
  /** Least squares over all but the first quarter. */
  readonly perHour: number;
  readonly isSteady: boolean;
}

/** How much more the last quarter may hold than the second: noise of the collector, not a leak. */
const ALLOWED: Readonly<Record<Measure, { readonly share: number; readonly mib: number }>> = {
  heap: { share: 0.05, mib: 2 },
  external: { share: 0.1, mib: 4 },
  // Pages that the allocator keeps come and go with the load.
  rss: { share: 0.1, mib: 16 },
};

/** The line of `probe.mjs`, or `null` for any other. */
export function parseSample(line: string, minute: number): Sample | null {
  const [, json] = /^soak-memory (.+)$/u.exec(line) ?? [];
  if (json === undefined) return null;
  const bytes = JSON.parse(json) as {
    readonly rss: number;
    readonly heapUsed: number;
    readonly external: number;
  };
  const mib = (value: number) => value / 1024 / 1024;
  return { minute, rss: mib(bytes.rss), heap: mib(bytes.heapUsed), external: mib(bytes.external) };
}

/** Whether memory is steady; needs eight samples or more. Throws `RangeError` on fewer. */
export function trendOf(samples: readonly Sample[], measure: Measure): Trend {
  if (samples.length < 8) throw new RangeError('a trend needs eight samples or more');
  const quarter = Math.floor(samples.length / 4);
  const values = samples.map(sample => sample[measure]);
  const before = median(values.slice(quarter, 2 * quarter));
  const after = median(values.slice(-quarter));
  const { share, mib } = ALLOWED[measure];
  return {
    measure,
    before,
    after,
    perHour: slope(samples.slice(quarter).map(sample => [sample.minute / 60, sample[measure]])),
    isSteady: after - before <= before * share + mib,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
