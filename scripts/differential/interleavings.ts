import { openTestStore, type TestStore } from '../../test/support/store.ts';
import {
  ACCOUNTS,
  PATIENTS,
  fillImageRegion,
  openImageRegion,
  type ImageRegion,
} from '../../test/access/image-region.ts';
import { createDice, type Dice } from '../../test/policies/random-region.ts';

export interface InterleavingsReport {
  readonly decisions: number;
  readonly changes: number;
  readonly fromMemory: number;
  /** Permits that the store, asked right after, does not give, and that no instant explains. */
  readonly staleAllows: number;
  /** The same for refusals. */
  readonly staleDenials: number;
  /** How long a permit outlived a change of another process at most, milliseconds. */
  readonly longestMs: number;
}

/** What a decision may be behind another process, contract §7. */
const BOUND_MS = 1000;
const CHANGES_SHARE = 0.02;
/** Changes that are being written while decisions are asked for. */
const MOST_WRITING = 8;

/**
 * Changes facts and asks for decisions at random on one instance; each decision is held against the rules over the
 * store. With `changesElsewhere`, only others change the facts, which are there already, and a permit may be a second
 * behind; decisions go on until the others have ended, too.
 */
export async function compareInterleavings({
  store,
  count,
  seed,
  changesElsewhere,
}: {
  readonly store: TestStore;
  readonly count: number;
  readonly seed: number;
  readonly changesElsewhere?: { hasEnded(): boolean };
}): Promise<InterleavingsReport> {
  const dice = createDice(seed);
  const region = await openImageRegion(store);
  if (!changesElsewhere) await fillImageRegion(store, region);
  const seen = { changes: 0, staleAllows: 0, staleDenials: 0, longestMs: 0 };
  const writing = new Set<Promise<unknown>>();
  const isOver = (turn: number) => turn >= count && (changesElsewhere?.hasEnded() ?? true);
  let turn = 0;
  for (; !isOver(turn); turn += 1) {
    if (!changesElsewhere && dice.chance(CHANGES_SHARE)) {
      const change = region.change(dice).finally(() => writing.delete(change));
      writing.add(change);
      seen.changes += 1;
      // Half of them are awaited; the others are written while decisions are made.
      if (dice.chance(0.5)) await change;
      if (writing.size > MOST_WRITING) await Promise.all(writing);
    }
    const { times, forMs, isPermit } = await compareOne(region, dice);
    if (times > 1 && isPermit) seen.longestMs = Math.max(seen.longestMs, forMs);
    // One difference may be a change, or the end of a window, between the two looks; a second one is not.
    if (times > 1 && !isPermit) seen.staleDenials += 1;
    if (isPermit && (changesElsewhere ? forMs > BOUND_MS : times > 1 + writing.size)) seen.staleAllows += 1;
    // Others have their share of the event loop: the log is read, what was asked for comes in.
    if (turn % 100 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  await Promise.all(writing);
  return { decisions: turn, fromMemory: region.fromMemory, ...seen };
}

/** Decisions of one region: its histories stay short, and few of its patients have several keys. */
const PART = 20_000;

/** The same in as many regions as it takes, one after the other, each on a store of its own. */
export async function compareManyInterleavings({
  count,
  seed,
  onPart,
}: {
  readonly count: number;
  readonly seed: number;
  readonly onPart?: (done: number) => void;
}): Promise<InterleavingsReport> {
  const total = {
    decisions: 0,
    changes: 0,
    fromMemory: 0,
    staleAllows: 0,
    staleDenials: 0,
    longestMs: 0,
  };
  while (total.decisions < count) {
    const store = await openTestStore();
    try {
      const part = await compareInterleavings({
        store,
        count: Math.min(PART, count - total.decisions),
        seed: seed + total.decisions,
      });
      total.decisions += part.decisions;
      total.changes += part.changes;
      total.fromMemory += part.fromMemory;
      total.staleAllows += part.staleAllows;
      total.staleDenials += part.staleDenials;
      total.longestMs = Math.max(total.longestMs, part.longestMs);
    } finally {
      await store.destroy();
    }
    onPart?.(total.decisions);
  }
  return total;
}

/** How often, and for how long, one question was answered otherwise than the store says. */
async function compareOne(region: ImageRegion, dice: Dice) {
  const question = [
    dice.pick(ACCOUNTS),
    dice.pick(PATIENTS),
    dice.pick(['read', 'write', 'create']),
  ] as const;
  const begunAt = performance.now();
  let isPermit = false;
  for (let times = 0; ; times += 1) {
    const found = await region.decide(...question);
    const expected = await region.decideByStore(...question);
    const forMs = performance.now() - begunAt;
    if (found === expected || forMs > 5 * BOUND_MS)
      return { times, forMs: times === 0 ? 0 : forMs, isPermit };
    isPermit = found.startsWith('permitted_');
  }
}
