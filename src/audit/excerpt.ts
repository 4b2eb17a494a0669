import type { Store } from '#store/index.ts';
import { findCheckpoint, newestCheckpointNumber, type Checkpoint } from './checkpoints.ts';
import type { AuditLine } from './line.ts';
import { openSegments, segmentId } from './segments.ts';
import type { Head } from './writer.ts';

/** A part of an excerpt, as one line of its file: first where it begins, then checkpoints, then lines. */
export type ExcerptPart =
  | { readonly excerpt: { readonly after: number } }
  | { readonly checkpoint: Checkpoint }
  | { readonly line: AuditLine };

/**
 * The log between the newest checkpoint before `fromMs` and the first one at or after `toMs`, so that every line of the
 * time between is in it and proven by signed checkpoints on both sides. What no checkpoint covers yet is left out.
 * `verifyAudit` reads it. From the beginning of the log, without `fromMs`, it is the log itself.
 */
export async function* readExcerpt(
  store: Store,
  { fromMs, toMs }: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
): AsyncGenerator<ExcerptPart> {
  const newest = await newestCheckpointNumber(store);
  // The newest before the beginning; the oldest that is not before the end.
  const after = fromMs === undefined ? 0 : await lastBefore(store, newest, fromMs);
  const last = toMs === undefined ? newest : Math.min(newest, (await lastBefore(store, newest, toMs)) + 1);
  if (after > 0) yield { excerpt: { after } };

  const ends = new Map<string, Head>();
  const starts = new Map<string, Head>();
  for (let number = Math.max(after, 1); number <= last; number++) {
    const checkpoint = await findCheckpoint(store, number);
    if (checkpoint === null) continue;
    yield { checkpoint };
    for (const head of checkpoint.heads) (number === after ? starts : ends).set(head.chain, head);
  }
  yield* witnessesOfStart(store, after, ends, starts);
  for (const end of ends.values()) yield* linesOf(store, starts.get(end.chain)?.seq ?? 0, end);
}

/** Older checkpoints that say where a chain stood which had not moved just before: without them its first lines prove nothing. */
async function* witnessesOfStart(
  store: Store,
  after: number,
  ends: ReadonlyMap<string, Head>,
  starts: Map<string, Head>,
): AsyncGenerator<ExcerptPart> {
  const startAt = (await findCheckpoint(store, after))?.at;
  if (startAt === undefined) return;
  const segments = openSegments(store);
  const missing = new Set<string>();
  for (const chain of ends.keys()) {
    if (starts.has(chain)) continue;
    const opened = (await segments.get(segmentId(chain, 1)))?.lines[0]?.at;
    if (opened !== undefined && opened <= startAt) missing.add(chain);
  }
  for (let number = after - 1; number > 0 && missing.size > 0; number--) {
    const checkpoint = await findCheckpoint(store, number);
    const heads = checkpoint?.heads.filter(({ chain }) => missing.has(chain)) ?? [];
    for (const head of heads) {
      starts.set(head.chain, head);
      missing.delete(head.chain);
    }
    if (checkpoint && heads.length > 0) yield { checkpoint };
  }
}

async function* linesOf(store: Store, seq: number, end: Head): AsyncGenerator<ExcerptPart> {
  const segments = openSegments(store);
  let next = seq + 1;
  while (next <= end.seq) {
    const segment = await segments.get(segmentId(end.chain, next));
    // Missing or broken: the verifier will say so.
    const last = segment?.lines.at(-1);
    if (!segment || !last || last.seq < next) return;
    for (const line of segment.lines) yield { line };
    next = last.seq + 1;
  }
}

/** The number of the newest checkpoint before that instant, 0 for none, by halving: numbers and instants rise together. */
async function lastBefore(store: Store, newest: number, ms: number): Promise<number> {
  let low = 0;
  let high = newest;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const checkpoint = await findCheckpoint(store, middle);
    if (checkpoint !== null && Date.parse(checkpoint.at) < ms) low = middle;
    else high = middle - 1;
  }
  return low;
}
