import type { Store } from '#store/index.ts';
import { openChains } from './chains.ts';
import { findCheckpoint } from './checkpoints.ts';
import { openSealed, readDays, type SealedDay } from './sealed/collections.ts';
import { readSealedDay, type Evidence } from './sealed/evidence.ts';
import { openSegments, segmentId } from './segments.ts';
import { openSequence, type Witness, type WitnessSequence } from './witnesses.ts';
import type { Head } from './writer.ts';

/** A part of an excerpt, as one line of its file: first where it begins, then checkpoints and spans, then sealed days and lines. */
export type ExcerptPart = { readonly excerpt: { readonly after: number } } | Witness | Evidence;

/**
 * The log between the newest checkpoint before `fromMs` and the first one at or after `toMs`, so that every line of the
 * time between is in it and proven by signed checkpoints on both sides. What no checkpoint covers yet is left out.
 * `verifyAudit` reads it. From the beginning of the log, without `fromMs`, it is the log itself.
 */
export async function* readExcerpt(
  store: Store,
  { fromMs, toMs }: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
): AsyncGenerator<ExcerptPart> {
  const sequence = await openSequence(store);
  const { newest } = sequence;
  // The newest before the beginning; the oldest that is not before the end.
  const after = fromMs === undefined ? 0 : await sequence.lastBefore(fromMs);
  const end = toMs === undefined ? null : await sequence.firstFrom((await sequence.lastBefore(toMs)) + 1);
  const last = end?.number ?? newest;
  if (after > 0) yield { excerpt: { after } };

  const ends = new Map<string, Head>();
  const starts = new Map<string, Head>();
  for await (const witness of sequence.upwards(Math.max(after, 1), last)) {
    yield witness;
    const isStart = 'checkpoint' in witness && witness.checkpoint.number === after;
    for (const head of headsOf(witness)) (isStart ? starts : ends).set(head.chain, head);
  }
  const startAt = (await findCheckpoint(store, after))?.at;
  const days = await daysBetween(store, startAt, (await findCheckpoint(store, last))?.at ?? '');
  if (startAt !== undefined)
    yield* witnessesOfStart(store, sequence, { number: after, at: startAt, days }, ends, starts);
  yield* linesBetween(store, days, starts, ends);
}

/** The sealed days that may hold lines of that time; instances whose clocks differ by less than a day included. */
async function daysBetween(
  store: Store,
  startAt: string | undefined,
  endAt: string,
): Promise<readonly SealedDay[]> {
  const from = startAt === undefined ? '' : new Date(Date.parse(startAt) - DAY_MS).toISOString().slice(0, 10);
  const days = await readDays(openSealed(store).days);
  return days.filter(({ id, since }) => id >= from && since <= endAt);
}

const DAY_MS = 86_400_000;

/** Older checkpoints and spans that say where a chain stood which had not moved just before: without them its first lines prove nothing. */
async function* witnessesOfStart(
  store: Store,
  sequence: WitnessSequence,
  start: { readonly number: number; readonly at: string; readonly days: readonly SealedDay[] },
  ends: ReadonlyMap<string, Head>,
  starts: Map<string, Head>,
): AsyncGenerator<ExcerptPart> {
  /** Chain → when it may have begun: no checkpoint before has seen it. */
  const missing = new Map<string, string>();
  for (const chain of ends.keys()) {
    const opened = starts.has(chain) ? undefined : await openedAt(store, chain, start.days);
    if (opened !== undefined && opened <= start.at) missing.set(chain, opened);
  }
  if (missing.size === 0) return;
  for await (const witness of sequence.downwards(start.number - 1)) {
    const heads = headsOf(witness).filter(({ chain }) => missing.has(chain));
    for (const head of heads) {
      starts.set(head.chain, head);
      missing.delete(head.chain);
    }
    if (heads.length > 0) yield witness;
    const { at } = 'span' in witness ? witness.span : witness.checkpoint;
    for (const [chain, opened] of missing) if (at < opened) missing.delete(chain);
    if (missing.size === 0) return;
  }
}

function headsOf(witness: Witness): readonly Head[] {
  return ('span' in witness ? witness.span : witness.checkpoint).heads;
}

/** When a chain was opened: to the day when that is sealed, `''` when it was sealed earlier; `undefined` when it is not known. */
async function openedAt(
  store: Store,
  chain: string,
  days: readonly SealedDay[],
): Promise<string | undefined> {
  const written = (await openSegments(store).get(segmentId(chain, 1)))?.lines[0]?.at;
  if (written !== undefined) return written;
  const { manifests } = openSealed(store);
  for (const { id, edition, since } of days) {
    const heads = (await manifests.get(edition))?.manifest.heads ?? [];
    if (heads.some(head => head.chain === chain && head.from === 1)) return since < id ? since : id;
  }
  return (await openChains(store).get(chain))?.sealed && '';
}

async function* linesBetween(
  store: Store,
  days: readonly SealedDay[],
  starts: ReadonlyMap<string, Head>,
  ends: ReadonlyMap<string, Head>,
): AsyncGenerator<ExcerptPart> {
  /** Chain → the newest line that was passed. */
  const reached = new Map(Array.from(starts.values(), ({ chain, seq }) => [chain, seq]));
  for (const day of days)
    for await (const item of readSealedDay(store, day)) {
      if ('line' in item) {
        const { chain, seq } = item.line;
        if (seq <= (reached.get(chain) ?? 0) || seq > (ends.get(chain)?.seq ?? 0)) continue;
        reached.set(chain, seq);
      } else if ('gap' in item)
        reached.set(item.gap.chain, Math.max(reached.get(item.gap.chain) ?? 0, item.gap.to));
      yield item;
    }
  for (const end of ends.values()) yield* writtenLines(store, reached.get(end.chain) ?? 0, end);
}

async function* writtenLines(store: Store, seq: number, end: Head): AsyncGenerator<ExcerptPart> {
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
