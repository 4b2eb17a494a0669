import type { Changes } from './act.ts';

/** What the trail holds of all changes of one act, in UTF-16 units: the bound of a data field (`audit/`). */
const MOST = 500;
/** Bounds of one value, tried in turn until everything fits. */
const VALUE_BOUNDS = [120, 60, 30, 15] as const;
/** Counts the fields that had no room. */
export const MORE_FIELDS = '…';

/**
 * The changes of an act as the trail holds them: JSON of field → [before, after], always whole. Long texts are cut,
 * each to the same bound; fields that still have no room are counted under `…`.
 */
export function wordsOf(changes: Changes): string {
  for (const bound of VALUE_BOUNDS) {
    const words = JSON.stringify(shortened(changes, bound));
    if (words.length <= MOST) return words;
  }
  const fields = Object.entries(shortened(changes, VALUE_BOUNDS[VALUE_BOUNDS.length - 1] ?? 0));
  for (let kept = fields.length - 1; kept > 0; kept--) {
    const rest = fields.length - kept;
    const words = JSON.stringify(Object.fromEntries([...fields.slice(0, kept), [MORE_FIELDS, rest]]));
    if (words.length <= MOST) return words;
  }
  return JSON.stringify({ [MORE_FIELDS]: fields.length });
}

function shortened(changes: Changes, bound: number): Record<string, readonly unknown[]> {
  return Object.fromEntries(
    Object.entries(changes).map(([field, pair]) => [field, pair.map(value => shortenedValue(value, bound))]),
  );
}

/** Lists and objects become texts, so that they are bounded too. */
function shortenedValue(value: unknown, bound: number): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return (text.length <= bound ? text : `${text.slice(0, bound)}…`).toWellFormed();
}
