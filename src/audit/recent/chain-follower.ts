import { setImmediate as turn } from 'node:timers/promises';
import { firstSeqOf, segmentId, type Segments } from '../segments.ts';
import { blockOf, closeBlock, growBlock, lastLineOf, type Block, type GrowingBlock } from './block.ts';
import type { Blocks } from './blocks.ts';

/** What this process has read of a chain. */
export interface ChainFollower {
  /** Reads on to the end of the chain. Not twice at once. */
  follow(): Promise<void>;
  /** The full ones, then the one that grows. */
  blocks(): readonly Block[];
  /** The full ones that were not stored. */
  made(): readonly Block[];
  /** Drops the blocks whose last line is not after `seq`. */
  forget(seq: number): void;
}

const PAGE = 200;

/**
 * Reads a chain from its block `from` on (default 0): full blocks where they are stored, and from their lines where they
 * are not. Holes in the chain do not matter.
 */
export function createChainFollower(
  chain: string,
  deps: { readonly segments: Segments; readonly blocks: Blocks; readonly from?: number },
): ChainFollower {
  const { segments, blocks, from = 0 } = deps;
  let full: readonly Block[] = [];
  let made: readonly Block[] = [];
  let growing: GrowingBlock | undefined;
  /** Everything up to this id is known. */
  let lastId = segmentId(chain, lastLineOf(from - 1));

  const listOn = (limit: number) => segments.list('chain', { key: chain, afterId: lastId, limit });

  /** Passes over the stored blocks; then begins the one that the next group is in. `undefined` at the end of the chain. */
  async function beginBlock(): Promise<GrowingBlock | undefined> {
    for (;;) {
      const [next] = (await listOn(1)).items;
      if (next === undefined) return undefined;
      const number = blockOf(firstSeqOf(next.id));
      const stored = await blocks.get(chain, number);
      if (stored === null) return growBlock(number);
      full = [...full, stored];
      lastId = segmentId(chain, lastLineOf(number));
      await turn();
    }
  }

  /** Takes the groups that follow in that block; true when the next one is in another. */
  async function fill(block: GrowingBlock): Promise<boolean> {
    for (;;) {
      const page = await listOn(PAGE);
      for (const segment of page.items) {
        if (blockOf(firstSeqOf(segment.id)) !== block.number) return true;
        block.add(segment);
        lastId = segment.id;
      }
      if (page.next === undefined) return false;
      // The event loop turns in between: a long chain without blocks takes a while.
      await turn();
    }
  }

  return {
    async follow() {
      for (;;) {
        growing ??= await beginBlock();
        if (growing === undefined || !(await fill(growing))) return;
        const closed = closeBlock(growing);
        full = [...full, closed];
        made = [...made, closed];
        growing = undefined;
      }
    },
    blocks: () => (growing ? [...full, growing] : full),
    made: () => made,
    forget(seq) {
      const isLater = ({ number }: Block) => lastLineOf(number) > seq;
      full = full.filter(isLater);
      made = made.filter(isLater);
    },
  };
}
