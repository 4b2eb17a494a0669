import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import { GENESIS } from './line.ts';

/** How far a chain has come, for whoever covers and seals it. */
export interface ChainDoc {
  readonly id: string;
  /** Its last head that a checkpoint covers. */
  readonly seq: number;
  readonly hash: string;
  /** It grows no more. */
  readonly isClosed: boolean;
  /** Its last line that lies in a sealed day; absent before the first. */
  readonly sealed?: { readonly seq: number; readonly hash: string };
  /** Its blocks before this number were seen to be there. */
  readonly blocks?: number;
}

const chainSpec: CollectionSpec<ChainDoc> = {
  name: 'audit_chains',
  version: 2,
  indexes: {
    /** Those that may still grow; found again by every instance until they are closed. */
    open: { key: chain => (chain.isClosed ? null : 'open') },
    /** Those that have, or may get, lines outside of sealed days. */
    unsealed: {
      key: chain => (chain.isClosed && (chain.sealed?.seq ?? 0) >= chain.seq ? null : 'unsealed'),
    },
  },
};

export type Chains = Collection<ChainDoc>;

export function openChains(store: Store): Chains {
  return store.collection(chainSpec);
}

export function newChain(id: string): ChainDoc {
  return { id, seq: 0, hash: GENESIS, isClosed: false };
}

/** All chains of one of the two indexes, in order of id. */
export async function chainsOf(chains: Chains, index: 'open' | 'unsealed'): Promise<readonly ChainDoc[]> {
  const all: ChainDoc[] = [];
  let after: string | undefined;
  do {
    const page = await chains.list(index, { key: index, limit: 1000, ...(after !== undefined && { after }) });
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
}
