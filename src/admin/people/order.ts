import { setImmediate } from 'node:timers/promises';

/** What lists of people are ordered by; no two share it. */
interface Ordered {
  readonly sub: string;
  readonly order: string;
}

/** Some two milliseconds of comparing. */
const SLICE = 4_000;

/** `items` in order, without holding the event loop: sorted by slices, then pairs of slices merged. */
export async function sortInSlices<T extends Ordered>(items: readonly T[]): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += SLICE) {
    runs.push(items.slice(from, from + SLICE).sort(byOrder));
    await setImmediate();
  }
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      longer.push(await inSlices(mergeTwo(runs[at] ?? [], runs[at + 1] ?? [])));
    runs = longer;
  }
  return runs[0] ?? [];
}

/** `sorted` with what has changed in the place of what it was, in order: a copy, whoever holds the old one keeps it. */
export function merged<T extends Ordered>(
  sorted: readonly T[],
  changed: ReadonlyMap<string, T>,
): readonly T[] {
  const kept = sorted.filter(({ sub }) => !changed.has(sub));
  return [...mergeTwo(kept, [...changed.values()].sort(byOrder))];
}

async function inSlices<T>(items: Iterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (const item of items) {
    all.push(item);
    if (all.length % SLICE === 0) await setImmediate();
  }
  return all;
}

function* mergeTwo<T extends Ordered>(left: readonly T[], right: readonly T[]): Iterable<T> {
  let at = 0;
  for (const item of left) {
    for (let other = right[at]; other !== undefined && other.order < item.order; other = right[at]) {
      yield other;
      at += 1;
    }
    yield item;
  }
  yield* right.slice(at);
}

function byOrder(a: Ordered, b: Ordered): number {
  return a.order < b.order ? -1 : 1;
}
