import type { Changes } from './act.ts';

/** The fields that differ, each with its value before and after. Empty texts and absent ones are the same nothing. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Changes {
  const nothing = (value: unknown) => (value === '' || value === undefined ? null : value);
  const changes: Record<string, readonly [unknown, unknown]> = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [nothing(before[field]), nothing(after[field])];
    if (was !== is) changes[field] = [was, is];
  }
  return changes;
}
