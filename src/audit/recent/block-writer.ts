import type { AuditLogger } from '../logger.ts';
import type { Segment } from '../segments.ts';
import { blockOf, growBlock, type GrowingBlock } from './block.ts';
import type { Blocks } from './blocks.ts';

/** Makes the blocks of the chain that this process writes. */
export interface BlockWriter {
  /**
   * A group that is durable, in the order of its chain. Never waits and never fails: a block that could not be written
   * is made later, from its lines.
   */
  add(segment: Segment): void;
  /** Resolves when every block that was full is there, or has failed. */
  settled(): Promise<void>;
}

export function createBlockWriter(blocks: Blocks, logger: AuditLogger): BlockWriter {
  /** Of the group before: its chain, its block, and the line that must come next. */
  let [chain, number, next] = ['', 0, 1];
  /** Absent when some of its groups did not pass here. */
  let open: GrowingBlock | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  async function write(of: string, block: GrowingBlock): Promise<void> {
    try {
      await blocks.add(of, block);
    } catch (error) {
      logger.info({ err: error, chain: of, block: block.number }, 'audit: a block of subjects is made later');
    }
  }

  return {
    add(segment) {
      const [first, last] = [segment.lines[0]?.seq ?? 0, segment.lines.at(-1)?.seq ?? 0];
      const isNew = segment.chain !== chain;
      if (first !== (isNew ? 1 : next)) open = undefined;
      else if (isNew || blockOf(first) !== number) {
        // What a chain that was left had begun is no full block.
        if (open && !isNew) writing = Promise.all([writing, write(chain, open)]);
        open = growBlock(blockOf(first));
      }
      open?.add(segment);
      [chain, number, next] = [segment.chain, blockOf(first), last + 1];
    },
    settled: async () => void (await writing),
  };
}
