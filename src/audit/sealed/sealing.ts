import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Audit } from '../audit.ts';
import { chainsOf, openChains, type ChainDoc } from '../chains.ts';
import { daySealed } from '../events.ts';
import { bodyOf, GENESIS, hashLine } from '../line.ts';
import type { AuditLogger } from '../logger.ts';
import { openSegments, segmentId, type Segment } from '../segments.ts';
import type { Signer } from '../signing.ts';
import { openSealed, type SealedDay } from './collections.ts';
import { manifestDigest } from './manifest.ts';
import { openEdition, type WrittenEdition } from './edition-writer.ts';

export interface SealingDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: AuditLogger;
  readonly signer: () => Promise<Signer>;
  readonly record: Audit['record'];
}

/** How long lines lie in both places: longer than a reader needs who began before. */
export const MOVING_SECONDS = 6 * 3_600;

const DAY_MS = 86_400_000;

/**
 * Seals the days that ended before `untilMs`, the oldest first: their lines, as far as checkpoints cover them, are written
 * as an edition, which comes into force in one write. Resolves to how many days. What a crash or another instance leaves
 * half-done is done again from the beginning. What does not fit its chain is never sealed: it stays where
 * `audit-verify` names it.
 */
export async function sealDays(deps: SealingDeps, untilMs: number): Promise<number> {
  const segments = openSegments(deps.store);
  const { days } = openSealed(deps.store);
  const oldest = (await segments.list('time', { prefix: '', limit: 1 })).items[0]?.lines[0]?.at;
  if (oldest === undefined) return 0;
  let sealed = 0;
  for (let ms = startOfDay(oldest); ms + DAY_MS <= untilMs; ms += DAY_MS) {
    const day = new Date(ms).toISOString().slice(0, 10);
    const hasLines = (await segments.list('time', { prefix: day, limit: 1 })).items.length > 0;
    if (hasLines && (await days.get(day)) === null && (await sealDay(deps, day))) sealed += 1;
  }
  return sealed;
}

async function sealDay(deps: SealingDeps, day: string): Promise<boolean> {
  const { store, clock } = deps;
  const collections = openSealed(store);
  const edition = await openEdition({ ...deps, collections, day });
  for (const chain of await chainsOf(openChains(store), 'unsealed')) {
    for await (const { before, lines } of sealableGroups(deps, chain, day)) {
      await edition.addGroup(before, lines);
      if (edition.isFull()) break;
    }
  }
  const written = await edition.finish([]);
  if (written === null) return false;
  const { manifest } = written;
  const lines = manifest.volumes.reduce((sum, volume) => sum + volume.lines, 0);
  // ORDER: told before it is in force, so that the digest of every sealed day stands in the chain.
  await deps.record(daySealed, {
    actor: 'system',
    outcome: 'success',
    data: { day, lines, edition: written.id, digest: manifestDigest(manifest) },
  });
  try {
    await collections.days.insert(dayOf(day, written, clock.now() + MOVING_SECONDS));
  } catch (error) {
    // Another instance was quicker; what was written here is found by its edition and removed.
    if (isAppError(error, 'store.conflict')) return false;
    throw error;
  }
  await noteSealed(store, written.manifest.heads);
  return true;
}

function dayOf(day: string, { id, bits, since, lines, manifest }: WrittenEdition, until: number): SealedDay {
  const chains = Object.fromEntries(
    manifest.heads.map(({ chain, from, seq }) => [chain, [from, seq] as const]),
  );
  return { id: day, since, edition: id, bits, lines, moving: { chains, until } };
}

/** Where each chain stands, so that the next day goes on from there. Idempotent. */
export async function noteSealed(
  store: Store,
  heads: readonly { readonly chain: string; readonly seq: number; readonly hash: string }[],
): Promise<void> {
  const chains = openChains(store);
  for (const { chain, seq, hash } of heads)
    await chains.update(chain, doc =>
      (doc.sealed?.seq ?? 0) >= seq ? doc : { ...doc, sealed: { seq, hash } },
    );
}

/** The groups that follow what is sealed of a chain, until that day, covered and genuine; none beyond the first that is not. */
async function* sealableGroups(
  { store, logger }: SealingDeps,
  chain: ChainDoc,
  day: string,
): AsyncGenerator<{ readonly before: string; readonly lines: Segment['lines'] }> {
  const segments = openSegments(store);
  let { seq, hash } = chain.sealed ?? { seq: 0, hash: GENESIS };
  while (seq < chain.seq) {
    const segment = await segments.get(segmentId(chain.id, seq + 1));
    const last = segment?.lines.at(-1);
    if (segment && last && last.seq <= chain.seq && last.at.slice(0, 10) > day) return;
    if (!segment || !last || last.seq > chain.seq || !isGenuine(segment, seq, hash)) {
      logger.error(
        { chain: chain.id, line: seq + 1 },
        'audit: lines do not fit their chain and are not sealed',
      );
      return;
    }
    yield { before: hash, lines: segment.lines };
    ({ seq, hash } = last);
  }
}

function isGenuine({ chain, lines }: Segment, seq: number, before: string): boolean {
  let hash = before;
  return lines.every((line, index) => {
    const isNext = line.chain === chain && line.seq === seq + index + 1;
    const isRight = isNext && hashLine(hash, bodyOf(line)) === line.hash;
    hash = line.hash;
    return isRight;
  });
}

function startOfDay(at: string): number {
  return Date.parse(`${at.slice(0, 10)}T00:00:00.000Z`);
}
