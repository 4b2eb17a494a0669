import { randomInt } from 'node:crypto';

/** A figure of the measurement, among the titles of the tests. */
export function print(line: string): void {
  process.stdout.write(`      ${line}\n`);
}

/**
 * Every class in every round, all in one random order: whatever slows the machine slows all classes alike. Not round by
 * round, where a class would follow itself less often than the others, and pay less for what it leaves to be done.
 */
export function mixed<T>(
  classes: readonly T[],
  rounds: number,
): readonly { readonly kind: T; readonly round: number }[] {
  return shuffled(classes.flatMap(kind => Array.from({ length: rounds }, (_, round) => ({ kind, round }))));
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map(item => ({ item, order: randomInt(2 ** 32) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
