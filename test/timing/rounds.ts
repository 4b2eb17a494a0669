import { randomInt } from 'node:crypto';

/** A figure of the measurement, among the titles of the tests. */
export function print(line: string): void {
  process.stdout.write(`      ${line}\n`);
}

/** In a random order: whatever else slows the machine slows all classes alike. */
export function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map(item => ({ item, order: randomInt(2 ** 32) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
