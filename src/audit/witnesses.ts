import type { Store } from '#store/index.ts';
import { findCheckpoint, newestCheckpointNumber, readCheckpoints, type Checkpoint } from './checkpoints.ts';
import { readSpans, type CheckpointSpan } from './spans.ts';

/** A signed statement of how far the chains had come. */
export type Witness = { readonly checkpoint: Checkpoint } | { readonly span: CheckpointSpan };

/** All that a store has: spans first, so that a checkpoint that is removed meanwhile is in one of them. */
export async function* readWitnesses(store: Store): AsyncGenerator<Witness> {
  for (const span of await readSpans(store)) yield { span };
  for await (const checkpoint of readCheckpoints(store)) yield { checkpoint };
}

/** The sequence of checkpoints as it is once thinned: what a span stands for counts as gone, removed or not yet. */
export interface WitnessSequence {
  readonly newest: number;
  /** The first checkpoint of that number or a higher one that no span stands for; `null` when it is missing. */
  firstFrom(number: number): Promise<Checkpoint | null>;
  /** The number of the newest checkpoint before that instant, 0 for none. */
  lastBefore(ms: number): Promise<number>;
  /** From one number to another, both included. What is missing is left out. */
  upwards(from: number, to: number): AsyncGenerator<Witness>;
  /** From that number to the first. */
  downwards(from: number): AsyncGenerator<Witness>;
}

export async function openSequence(store: Store): Promise<WitnessSequence> {
  const spans = await readSpans(store);
  const newest = await newestCheckpointNumber(store);
  const spanAt = (number: number) => spans.find(({ from, to }) => from <= number && number <= to);

  function firstFrom(number: number): Promise<Checkpoint | null> {
    const span = spanAt(number);
    return span === undefined ? findCheckpoint(store, number) : firstFrom(span.to + 1);
  }

  async function witnessAt(number: number): Promise<Witness | null> {
    const span = spanAt(number);
    if (span !== undefined) return { span };
    const checkpoint = await findCheckpoint(store, number);
    return checkpoint && { checkpoint };
  }

  return {
    newest,
    firstFrom,
    // By halving: numbers and instants rise together.
    async lastBefore(ms) {
      let low = 0;
      let high = newest;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        const checkpoint = await firstFrom(middle);
        if (checkpoint !== null && Date.parse(checkpoint.at) < ms) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    async *upwards(from, to) {
      for (let number = from; number <= to; number++) {
        const witness = await witnessAt(number);
        if (witness === null) continue;
        yield witness;
        if ('span' in witness) number = witness.span.to;
      }
    },
    async *downwards(from) {
      for (let number = from; number >= 1; number--) {
        const witness = await witnessAt(number);
        if (witness === null) continue;
        yield witness;
        if ('span' in witness) number = witness.span.from;
      }
    },
  };
}
