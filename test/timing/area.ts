/** One number per measured request, in milliseconds. */
export type Samples = readonly number[];

/**
 * Area under the ROC curve (Mann–Whitney's U over both sizes): how likely a random sample of `b` is above one of
 * `a`. 0.5 tells nothing apart; 0 and 1 tell everything. Unlike a difference of means it does not depend on outliers.
 */
export function areaUnderCurve(a: Samples, b: Samples): number {
  const ranked = [...a.map(ms => ({ ms, isB: false })), ...b.map(ms => ({ ms, isB: true }))].toSorted(
    (x, y) => x.ms - y.ms,
  );
  let sumOfRanks = 0;
  for (let start = 0; start < ranked.length;) {
    let end = start;
    while (end < ranked.length && ranked[end]?.ms === ranked[start]?.ms) end++;
    // Equal values share the mean of their ranks.
    const rank = (start + 1 + end) / 2;
    sumOfRanks += ranked.slice(start, end).filter(({ isB }) => isB).length * rank;
    start = end;
  }
  return (sumOfRanks - (b.length * (b.length + 1)) / 2) / (a.length * b.length);
}

export function median(samples: Samples): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}
