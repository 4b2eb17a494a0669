import { setImmediate } from 'node:timers/promises';
import { isAppError } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { openChains } from './chains.ts';
import {
  checkpointHash,
  checkpointId,
  findCheckpoint,
  newestCheckpointNumber,
  openMarks,
  removeCheckpoint,
  type Checkpoint,
} from './checkpoints.ts';
import { canonicalJson } from './line.ts';
import { MOVING_SECONDS, type SealingDeps } from './sealed/sealing.ts';
import { isSignatureValid, type Signer } from './signing.ts';
import { openSpans, signSpan, type CheckpointSpan } from './spans.ts';
import type { Head } from './writer.ts';

const DAY_MS = 86_400_000;

/** Years of checkpoints that were never thinned take some hours more, not one long run. */
const DAYS_IN_A_RUN = 7;

/** Read in one turn of the event loop. */
const READ_TOGETHER = 20;

/** Removed together: durable writes that happen together share their cost. */
const REMOVED_TOGETHER = 100;

/** The checkpoints of a day that follow each other, without the last of them, which is kept. */
interface DayOfCheckpoints {
  readonly day: string;
  readonly first: Checkpoint;
  readonly last: Checkpoint;
  /** The one before the last; absent when the last is the only one. */
  readonly end?: Checkpoint;
  /** The newest heads of all but the last. */
  readonly heads: ReadonlyMap<string, Head>;
  /** Each is bound to the one before, and its signature is true as far as the key in force can tell. */
  readonly isSound: boolean;
  /** All of them are signed by the key in force. */
  readonly isOurs: boolean;
}

/**
 * Thins the checkpoints of days that ended before `untilMs` and whose lines are all sealed: the last of each day stays,
 * a signed span stands for the others, which are removed some hours later. Works day after day from the oldest; stops at the first day that is not
 * sealed whole. A day that does not hold together, or that another key has signed, stays as it is for `audit-verify`
 * to judge: signing a span over it would make it good. Idempotent: a crash in between leaves the rest for the next time.
 */
export async function thinCheckpoints(deps: SealingDeps, untilMs: number): Promise<void> {
  const { store, logger } = deps;
  await removeThinned(deps);
  const signer = await deps.signer();
  for (let count = 0; count < DAYS_IN_A_RUN; count++) {
    const found = await readDay(store, signer, (await openMarks(store).get('thinned'))?.number ?? 0, untilMs);
    if (found === null || !(await isSealed(store, found.heads))) return;
    if (!found.isSound) logger.error({ day: found.day }, 'audit: checkpoints do not fit and are not thinned');
    else if (found.isOurs && found.end) await writeSpan(deps, spanOf(found, found.end, signer));
    // ORDER: after the span; a crash in between finds it again by its first number.
    await moveMark(store, found.last.number);
  }
}

/** Never back, where a slower instance would put it. */
async function moveMark(store: Store, number: number): Promise<void> {
  const marks = openMarks(store);
  const moved = await marks.update('thinned', mark => (mark.number < number ? { ...mark, number } : mark));
  if (moved === null) await marks.put({ id: 'thinned', number });
}

/** The day after that number; `null` when it is not over, or nothing follows yet that shows that it is complete. */
async function readDay(
  store: Store,
  signer: Signer,
  after: number,
  untilMs: number,
): Promise<DayOfCheckpoints | null> {
  const newest = await newestCheckpointNumber(store);
  const heads = new Map<string, Head>();
  let first: Checkpoint | undefined;
  let end: Checkpoint | undefined;
  let last: Checkpoint | undefined;
  let isSound = true;
  let isOurs = true;
  for (let number = after + 1; number <= newest; number++) {
    // A day of signatures takes a good part of a second: who asks for a decision meanwhile does not wait for them.
    if (number % READ_TOGETHER === 0) await setImmediate();
    const next = await findCheckpoint(store, number);
    if (first && last && next !== null && dayOf(next) !== dayOf(first))
      return { day: dayOf(first), first, last, ...(end && { end }), heads, isSound, isOurs };
    if (next === null) {
      // One is missing, which `audit-verify` says: the day goes on, so that those after it can be thinned.
      if (first) isSound = false;
      continue;
    }
    if (first === undefined && Date.parse(dayOf(next)) + DAY_MS > untilMs) return null;
    first ??= next;
    const isOwn = next.keyId === signer.keyId;
    isOurs &&= isOwn;
    isSound &&= (!isOwn || isSignedBy(next, signer)) && (!last || next.previous === checkpointHash(last));
    for (const head of last?.heads ?? []) heads.set(head.chain, head);
    [end, last] = [last, next];
  }
  return null;
}

function dayOf({ at }: Checkpoint): string {
  return at.slice(0, 10);
}

function isSignedBy(checkpoint: Checkpoint, { publicKey }: Signer): boolean {
  const { signature, ...unsigned } = checkpoint;
  return isSignatureValid(canonicalJson(unsigned), signature, publicKey);
}

/** From then on the signed manifests of the days say what each line was; the checkpoints, that none is missing. */
async function isSealed(store: Store, heads: ReadonlyMap<string, Head>): Promise<boolean> {
  const chains = openChains(store);
  for (const { chain, seq } of heads.values())
    if (((await chains.get(chain))?.sealed?.seq ?? 0) < seq) return false;
  return true;
}

function spanOf({ first, heads }: DayOfCheckpoints, end: Checkpoint, signer: Signer): CheckpointSpan {
  return signSpan(
    {
      from: first.number,
      to: end.number,
      at: end.at,
      heads: [...heads.values()],
      previous: first.previous,
      hash: checkpointHash(end),
    },
    signer,
  );
}

async function writeSpan({ store, clock }: SealingDeps, span: CheckpointSpan): Promise<void> {
  const removeAt = clock.now() + MOVING_SECONDS;
  try {
    await openSpans(store).insert({ id: checkpointId(span.from), span, removeAt });
  } catch (error) {
    // Another instance, or a run that was killed, has written the same.
    if (!isAppError(error, 'store.conflict')) throw error;
  }
}

async function removeThinned({ store, clock }: SealingDeps): Promise<void> {
  const spans = openSpans(store);
  const { items } = await spans.list('moving', { key: 'moving', limit: 100 });
  for (const { id, span, removeAt } of items) {
    if (removeAt === undefined || clock.now() < removeAt) continue;
    for (let number = span.from; number <= span.to; number += REMOVED_TOGETHER) {
      const count = Math.min(REMOVED_TOGETHER, span.to - number + 1);
      await Promise.all(Array.from({ length: count }, (_, next) => removeCheckpoint(store, number + next)));
    }
    await spans.update(id, ({ removeAt: _removeAt, ...settled }) => settled);
  }
}
