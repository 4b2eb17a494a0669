import type { Administrator } from '#access/index.ts';
import { randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { actorOf } from './act.ts';
import type { Credentials } from './author.ts';
import type { Circumstances } from './perform.ts';

type Person = Extract<Administrator, { readonly kind: 'person' }>;

/** An act that waits for a second person. */
export interface Proposal extends Doc {
  readonly act: string;
  /** As it was given; read again, and judged again, when it is confirmed. */
  readonly input: unknown;
  readonly author: string;
  readonly administrator: Administrator;
  /** Through what it was proposed. */
  readonly via?: Circumstances['via'];
  /** Of an application: what it proved itself by. */
  readonly credentials?: Credentials;
  /** The first of the two persons, when an application proposed. */
  readonly seconded?: Person;
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

/**
 * The persons who stand behind it so far. SECURITY: an application is nobody: whoever holds its secret may be one of the
 * persons, so that what it proposes needs two persons still.
 */
export function personsBehind({ administrator, seconded }: Proposal): readonly Person[] {
  return [administrator, seconded].filter(one => one?.kind === 'person');
}

export interface Proposals {
  add(proposal: {
    readonly act: string;
    readonly input: unknown;
    readonly administrator: Administrator;
    readonly via: Circumstances['via'];
    readonly credentials: Credentials | undefined;
    readonly reason: string | undefined;
  }): Promise<Proposal>;
  /** Notes the first person behind what an application proposed; whoever comes later changes nothing. `null`: it is over. */
  second(id: string, person: Person): Promise<Proposal | null>;
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
    async add({ act, input, administrator, via, credentials, reason }) {
      const now = clock.now();
      const proposal: Proposal = {
        id: randomId(),
        act,
        input,
        author: actorOf(administrator),
        administrator,
        via,
        ...(credentials && { credentials }),
        ...(reason !== undefined && { reason }),
        proposedAt: now,
        expiresAt: now + LIFE_SECONDS,
      };
      await collection.insert(proposal);
      return proposal;
    },
    second: (id, person) =>
      collection.update(id, before => (before.seconded ? before : { ...before, seconded: person })),
    get: id => collection.get(id),
    list: async () => (await collection.list('proposed', { prefix: '', limit: MOST_SHOWN })).items,
    take: async id => (await collection.consume(id)) !== null,
  };
}
