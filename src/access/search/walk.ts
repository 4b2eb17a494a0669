import type { Cursor, PagePosition } from './page-token.ts';

/** Somebody or something that may be an answer, and its place in its stretch. */
export interface Candidate {
  readonly id: string;
  /** Ascending within the stretch, part by part: what comes after a position is what is greater. */
  readonly position: readonly string[];
}

export interface Batch {
  readonly candidates: readonly Candidate[];
  /** Opaque; absent for the last batch. */
  readonly next?: string | undefined;
}

/** One way to be an answer: candidates in a stable order, read batch by batch. */
export interface Stretch {
  /** Stretches are walked in ascending order of their names, so that a position outlives a change of the others. */
  readonly name: string;
  batch(after: string | undefined): Promise<Batch>;
}

export interface Walked {
  readonly results: readonly string[];
  /** `undefined`: the walk is over. */
  readonly next: Cursor | undefined;
}

/** So many candidates are judged for one page, whatever they yield: a page may come short, and says that it goes on. */
const MOST_JUDGED = 1000;
/** Judged at once. */
const AT_ONCE = 64;

/**
 * One page of what `isAnswer` accepts, by keyset: stable while others write, and the work bounded.
 * INVARIANT: each candidate gives one result at most, so a chunk as large as what is missing never overflows the page.
 */
export async function walk(
  stretches: readonly Stretch[],
  { limit, cursor }: PagePosition,
  isAnswer: (candidate: Candidate, stretch: Stretch) => Promise<boolean>,
): Promise<Walked> {
  const results: string[] = [];
  let left = MOST_JUDGED;
  for (const stretch of stretchesFrom(stretches, cursor)) {
    const resumed = stretch.name === cursor?.stretch ? cursor : undefined;
    let after = resumed?.after;
    let last = resumed?.last;
    for (;;) {
      if (results.length >= limit || left <= 0)
        return { results, next: { stretch: stretch.name, after, last } };
      const { candidates, next } = await stretch.batch(after);
      const ahead = inOrder(candidates, last);
      for (let at = 0; at < ahead.length;) {
        const room = Math.min(AT_ONCE, limit - results.length, left);
        if (room <= 0) return { results, next: { stretch: stretch.name, after, last } };
        const chunk = ahead.slice(at, at + room);
        const accepted = await Promise.all(chunk.map(candidate => isAnswer(candidate, stretch)));
        results.push(...chunk.filter((_, index) => accepted[index] === true).map(({ id }) => id));
        at += chunk.length;
        left -= chunk.length;
        last = chunk.at(-1)?.position;
      }
      last = undefined;
      after = next;
      if (next === undefined) break;
    }
  }
  return { results, next: undefined };
}

function stretchesFrom(stretches: readonly Stretch[], cursor: Cursor | undefined): readonly Stretch[] {
  const sorted = stretches.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return cursor === undefined ? sorted : sorted.filter(({ name }) => name >= cursor.stretch);
}

/** Those after `last`, by their position: whatever order the store gives to accents and case. */
function inOrder(candidates: readonly Candidate[], last: readonly string[] | undefined): Candidate[] {
  return candidates
    .filter(({ position }) => last === undefined || compare(position, last) > 0)
    .toSorted((a, b) => compare(a.position, b.position));
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
