import type { X509Certificate } from 'node:crypto';
import type { Audit } from '#audit/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { cardSessionsEnded } from './events.ts';
import type { RevocationSource } from './judge.ts';

/** Names a certificate for as long as sessions that it opened may live. */
export interface UsedCard {
  readonly issuerName: string;
  /** SHA-256 of the issuing authority's certificate. */
  readonly issuer: string;
  readonly serial: string;
}

interface UseDoc extends Doc, UsedCard {
  /** Account, issuer and serial. */
  readonly id: string;
  readonly accountId: string;
  /** When the certificate was first seen to be revoked. */
  readonly revokedAt?: number;
  readonly expiresAt: number;
}

const usesSpec: CollectionSpec<UseDoc> = {
  name: 'card_uses',
  version: 1,
  indexes: { account: { key: ({ accountId }) => accountId } },
};

/** The longest that a session may be configured to live (`TROUSSEAU_SESSION_MAX`). */
const MAX_SESSION_SECONDS = 24 * 3600;
/** The longest that a sign-in under way may take to become a session. */
const MAX_SIGNIN_SECONDS = 3600;
const PAGE = 200;

/**
 * Ends the sessions of an account that were opened or lifted with a card and whose last proof is not later than
 * `until` (epoch seconds); resolves to how many.
 */
export type EndCardSessions = (accountId: string, until: number) => Promise<number>;

/** Which certificates have proven whom, so that a card that is revoked meanwhile takes its sessions with it. */
export interface CardUses {
  note(accountId: string, card: UsedCard): Promise<void>;
  /** Asks again about every certificate in use, and ends the sessions of those that are revoked now. */
  endRevoked(): Promise<void>;
}

export function createCardUses(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly revocation: RevocationSource;
  /** The issuing authorities, by fingerprint. */
  readonly issuers: ReadonlyMap<string, { readonly certificate: X509Certificate; readonly name: Uint8Array }>;
  readonly endSessions: EndCardSessions;
}): CardUses {
  const { clock, audit, revocation, issuers, endSessions } = deps;
  const uses = deps.store.collection(usesSpec);

  async function isRevoked({ issuer, serial, revokedAt }: UseDoc): Promise<boolean> {
    if (revokedAt !== undefined) return true;
    const found = issuers.get(issuer);
    // An authority that is trusted no more opens nothing; what it opened before ends by its own time.
    if (!found) return false;
    const { certificate, name } = found;
    const { status } = await revocation.statusOf({ issuerDer: name, serial, issuer: certificate });
    return status === 'revoked';
  }

  async function endSessionsOf(doc: UseDoc): Promise<void> {
    const until = doc.revokedAt ?? clock.now();
    const sessions = await endSessions(doc.accountId, until);
    if (sessions > 0 || doc.revokedAt === undefined)
      await audit.record(cardSessionsEnded, {
        account: doc.accountId,
        outcome: 'success',
        data: { issuer: doc.issuerName, serial: doc.serial, sessions },
      });
    // ORDER: remembered after the sessions have ended; until then the next run does it again. Kept as long as a
    // sign-in that the card began before may still become a session.
    if (doc.revokedAt === undefined)
      await uses.put({ ...doc, revokedAt: until, expiresAt: until + MAX_SIGNIN_SECONDS });
  }

  return {
    async note(accountId, card) {
      const id = `${accountId}:${card.issuer}:${card.serial}`;
      await uses.put({
        id,
        accountId,
        ...card,
        expiresAt: clock.now() + MAX_SESSION_SECONDS + MAX_SIGNIN_SECONDS,
      });
    },
    async endRevoked() {
      let after: string | undefined;
      do {
        const page = await uses.list('account', { prefix: '', limit: PAGE, ...(after && { after }) });
        for (const doc of page.items) if (await isRevoked(doc)) await endSessionsOf(doc);
        after = page.next;
      } while (after !== undefined);
    },
  };
}
