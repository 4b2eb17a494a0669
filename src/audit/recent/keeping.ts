import type { Store } from '#store/index.ts';
import { chainsOf, openChains } from '../chains.ts';
import { openSegments } from '../segments.ts';
import type { SealedDay } from '../sealed/collections.ts';
import { BLOCK_LINES, blockOf } from './block.ts';
import { openBlocks } from './blocks.ts';
import { createChainFollower } from './chain-follower.ts';

/**
 * Makes the full blocks that the writer of their chain did not: it was killed, or ran before there were blocks.
 * Idempotent.
 */
export async function completeBlocks(store: Store): Promise<void> {
  const chains = openChains(store);
  const blocks = openBlocks(store);
  const segments = openSegments(store);
  for (const { id, blocks: known = 0 } of await chainsOf(chains, 'unsealed')) {
    const follower = createChainFollower(id, { segments, blocks, from: known });
    await follower.follow();
    for (const block of follower.made()) await blocks.add(id, block);
    const growing = follower.blocks().at(-1)?.number ?? 0;
    // ORDER: noted when they are there, so that an interrupted run makes the rest the next time.
    if (growing > known) await chains.update(id, chain => ({ ...chain, blocks: growing }));
  }
}

/** Removes the blocks all of whose groups went to that sealed day or an earlier one. Idempotent. */
export async function removeBlocks(store: Store, { moving }: SealedDay): Promise<void> {
  const blocks = openBlocks(store);
  for (const [chain, [from, to]] of Object.entries(moving?.chains ?? {})) {
    const end = Math.floor(to / BLOCK_LINES);
    for (let number = blockOf(from); number < end; number++) await blocks.remove(chain, number);
  }
}
