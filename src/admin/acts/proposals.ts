import type { Administrator } from '#access/index.ts';
import { randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { actorOf } from './act.ts';

/** An act that waits for a second person. */
export interface Proposal extends Doc {
  readonly act: string;
  /** As it was given; read again, and judged again, when it is confirmed. */
  readonly input: unknown;
  readonly author: string;
  readonly administrator: Administrator;
  readonly reason?: string;
  /** Epoch seconds. */
  readonly proposedAt: number;
  readonly expiresAt: number;
}

const proposalsSpec: CollectionSpec<Proposal> = {
  name: 'admin_proposals',
  version: 1,
  indexes: { proposed: { key: ({ proposedAt }) => String(proposedAt).padStart(12, '0') } },
};

export interface Proposals {
  add(proposal: {
    readonly act: string;
    readonly input: unknown;
    readonly administrator: Administrator;
    readonly reason: string | undefined;
  }): Promise<Proposal>;
  get(id: string): Promise<Proposal | null>;
  /** The oldest first. */
  list(): Promise<readonly Proposal[]>;
  /** True for the one caller who takes it. */
  take(id: string): Promise<boolean>;
}

/** Long enough for holidays; what nobody confirmed by then is to be proposed again. */
const LIFE_SECONDS = 14 * 86_400;
const MOST_SHOWN = 200;

export function createProposals({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): Proposals {
  const collection = store.collection(proposalsSpec);
  return {
    async add({ act, input, administrator, reason }) {
      const now = clock.now();
      const proposal: Proposal = {
        id: randomId(),
        act,
        input,
        author: actorOf(administrator),
        administrator,
        ...(reason !== undefined && { reason }),
        proposedAt: now,
        expiresAt: now + LIFE_SECONDS,
      };
      await collection.insert(proposal);
      return proposal;
    },
    get: id => collection.get(id),
    list: async () => (await collection.list('proposed', { prefix: '', limit: MOST_SHOWN })).items,
    take: async id => (await collection.consume(id)) !== null,
  };
}
