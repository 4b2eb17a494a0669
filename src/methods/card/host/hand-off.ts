import { hashToken, equalsInConstantTime, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { AttemptPlace, ProvenIdentity } from '../../method.ts';
import type { UsedCard } from '../uses.ts';

/** Whom a card has proven, and by which certificate. */
export interface ProvenCard {
  readonly identity: ProvenIdentity;
  readonly card: UsedCard;
}

/** That a sign-in waits for a card. One document per interaction and purpose: a newer address makes an older one void. */
interface TransactionDoc extends Doc {
  /** `purpose:interaction`. */
  readonly id: string;
  readonly interaction: string;
  readonly purpose: AttemptPlace['purpose'];
  /** Hash of the random part of the address. */
  readonly token: string;
  readonly expiresAt: number;
}

/** What the card host hands to the main host: read once, within a minute, by the interaction that asked. */
interface TicketDoc extends Doc {
  /** Hash of the ticket. */
  readonly id: string;
  readonly interaction: string;
  readonly purpose: AttemptPlace['purpose'];
  readonly proven: ProvenCard;
  readonly expiresAt: number;
}

const transactionsSpec: CollectionSpec<TransactionDoc> = {
  name: 'card_transactions',
  version: 1,
  indexes: {},
};

const ticketsSpec: CollectionSpec<TicketDoc> = {
  name: 'card_tickets',
  version: 1,
  indexes: {},
  sealed: ['proven'],
};

/** Time to take the card out of a pocket and to type its PIN. */
const TRANSACTION_SECONDS = 300;
/** Time for one redirect. */
const TICKET_SECONDS = 60;

const LETTER = { first: 'f', second: 's' } as const;

/**
 * The way of a sign-in to the card host and back. Both ways carry 256 random bits, stored as hashes, used once.
 *
 * SECURITY: the token names the interaction and says nothing of who may use it: whoever opens the address shows a card
 * of their own. The ticket comes back through the browser to an interaction whose cookie only its own browser has.
 */
export interface HandOff {
  /** Begins to wait; an earlier token of the same place is void from now on. */
  open(place: AttemptPlace): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** The place that waits behind a token; `null` for one that is void, over or used. */
  find(token: string): Promise<AttemptPlace | null>;
  /** Ends the waiting and makes the ticket; exactly one of many callers at once gets one, the others `null`. */
  exchange(token: string, proven: ProvenCard): Promise<string | null>;
  /** Takes what a ticket holds, once; `null` for a ticket of another place, which stays. */
  redeem(ticket: string, place: AttemptPlace): Promise<ProvenCard | null>;
}

export function createHandOff(deps: { readonly store: Store; readonly clock: Clock }): HandOff {
  const { clock } = deps;
  const transactions = deps.store.collection(transactionsSpec);
  const tickets = deps.store.collection(ticketsSpec);

  return {
    async open({ interaction, purpose }) {
      const secret = randomId(32);
      const expiresAt = clock.now() + TRANSACTION_SECONDS;
      const id = `${purpose}:${interaction}`;
      await transactions.put({ id, interaction, purpose, token: hashToken(secret), expiresAt });
      return { token: `${LETTER[purpose]}.${interaction}.${secret}`, expiresAt };
    },
    async find(token) {
      const parts = partsOf(token);
      const found = parts && (await transactions.get(parts.id));
      return found && isOf(found, parts.secret)
        ? { interaction: found.interaction, purpose: found.purpose }
        : null;
    },
    async exchange(token, proven) {
      const parts = partsOf(token);
      // INVARIANT: single use. ORDER: the waiting ends before the ticket is: a crash between the two asks again.
      const taken = parts && (await transactions.consume(parts.id, doc => isOf(doc, parts.secret)));
      if (!taken) return null;
      const ticket = randomId(32);
      await tickets.insert({
        id: hashToken(ticket),
        interaction: taken.interaction,
        purpose: taken.purpose,
        proven,
        expiresAt: clock.now() + TICKET_SECONDS,
      });
      return ticket;
    },
    async redeem(ticket, { interaction, purpose }) {
      const isTheirs = (doc: TicketDoc) => doc.interaction === interaction && doc.purpose === purpose;
      return (await tickets.consume(hashToken(ticket), isTheirs))?.proven ?? null;
    },
  };
}

/** The parts of a token; `null` for what cannot be one. */
function partsOf(token: string): { readonly id: string; readonly secret: string } | null {
  const [, letter, interaction = '', secret = ''] = /^([fs])\.([\w-]{1,64})\.([\w-]{43})$/u.exec(token) ?? [];
  if (letter === undefined) return null;
  return { id: `${letter === 'f' ? 'first' : 'second'}:${interaction}`, secret };
}

function isOf(doc: TransactionDoc, secret: string): boolean {
  return equalsInConstantTime(doc.token, hashToken(secret));
}
