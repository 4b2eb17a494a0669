import { hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Proven } from './request.ts';

interface Ticket extends Doc {
  readonly proven: Proven;
  readonly expiresAt: number;
}

const ticketsSpec: CollectionSpec<Ticket> = {
  name: 'enrolment_tickets',
  version: 1,
  indexes: {},
  sealed: ['proven'],
};

/** What a card or Pro Santé Connect has proven, on its way from sign-in to the form. SECURITY: kept under a hash. */
export interface Tickets {
  /** Resolves to the ticket, which is kept nowhere. */
  issue(proven: Proven): Promise<string>;
  /** What it holds, without using it up: for the page that asks whether to go on. */
  read(ticket: string): Promise<Proven | null>;
  /** Exactly one caller receives it. */
  consume(ticket: string): Promise<Proven | null>;
}

export function createTickets(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly validSeconds: number;
}): Tickets {
  const tickets = deps.store.collection(ticketsSpec);
  return {
    async issue(proven) {
      const ticket = randomId(32);
      const expiresAt = deps.clock.now() + deps.validSeconds;
      await tickets.insert({ id: hashToken(ticket), proven, expiresAt });
      return ticket;
    },
    read: async ticket => (await tickets.get(hashToken(ticket)))?.proven ?? null,
    consume: async ticket => (await tickets.consume(hashToken(ticket)))?.proven ?? null,
  };
}
