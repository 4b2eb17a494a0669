import type { X509Certificate } from 'node:crypto';
import type { Audit } from '#audit/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { cardSessionsEnded } from './events.ts';
import type { PointName, Revocation } from './revocation/index.ts';

/** Names a certificate for as long as sessions that it opened may live. */
export interface UsedCard {
  readonly issuerName: string;
  /** SHA-256 of the issuing authority's certificate. */
  readonly issuer: string;
  readonly serial: string;
  /** Where its issuer publishes lists about it. */
  readonly points: readonly PointName[];
}

interface UseDoc extends Doc, UsedCard {
  /** The origin of the sessions that it opened. */
  readonly id: string;
  /** The certificate was seen to be revoked: nothing needs to be asked any more. */
  readonly isRevoked?: boolean;
  readonly expiresAt: number;
}

const usesSpec: CollectionSpec<UseDoc> = {
  name: 'card_uses',
  version: 1,
  indexes: { serial: { key: ({ serial }) => serial } },
};

/** The longest that a session may be configured to live (`TROUSSEAU_SESSION_MAX`). */
const MAX_SESSION_SECONDS = 24 * 3600;
/** The longest that a sign-in under way may take to become a session. */
const MAX_SIGNIN_SECONDS = 3600;
const PAGE = 200;

/** Which certificates have opened sessions, so that one that is revoked meanwhile takes them with it. */
export interface CardUses {
  /** Resolves to what sessions opened with it bear as their origin. */
  note(card: UsedCard): Promise<string>;
  /** Asks again about every certificate in use, and ends the sessions of those that are revoked now. */
  endRevoked(): Promise<void>;
}

export function createCardUses(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly revocation: Pick<Revocation, 'statusOf'>;
  /** The issuing authorities, by fingerprint. */
  readonly issuers: ReadonlyMap<string, X509Certificate>;
  /** Ends the sessions of an origin; resolves to how many. */
  readonly endByOrigin: (origin: string, reason: string) => Promise<number>;
}): CardUses {
  const { clock, audit, revocation, issuers, endByOrigin } = deps;
  const uses = deps.store.collection(usesSpec);

  async function isRevoked(use: UseDoc): Promise<boolean> {
    if (use.isRevoked) return true;
    const issuer = issuers.get(use.issuer);
    // An authority that is trusted no more opens nothing; what it opened before ends in its own time.
    if (issuer === undefined) return false;
    const { serial, points } = use;
    return (await revocation.statusOf({ issuer, serial, points })).status === 'revoked';
  }

  async function endSessionsOf(use: UseDoc): Promise<void> {
    const sessions = await endByOrigin(use.id, 'card_revoked');
    if (sessions > 0 || !use.isRevoked)
      await audit.record(cardSessionsEnded, {
        outcome: 'success',
        data: { issuer: use.issuerName, serial: use.serial, sessions },
      });
    // ORDER: remembered after its sessions have ended; until then the next run does it again. Kept as long as a
    // sign-in that the card began before may still become a session: that one ends at the run after.
    if (!use.isRevoked)
      await uses.put({ ...use, isRevoked: true, expiresAt: clock.now() + MAX_SIGNIN_SECONDS });
  }

  return {
    async note(card) {
      const id = `card:${card.issuer}:${card.serial}`;
      await uses.put({ id, ...card, expiresAt: clock.now() + MAX_SESSION_SECONDS + MAX_SIGNIN_SECONDS });
      return id;
    },
    async endRevoked() {
      let after: string | undefined;
      do {
        const page = await uses.list('serial', { prefix: '', limit: PAGE, ...(after && { after }) });
        for (const use of page.items) if (await isRevoked(use)) await endSessionsOf(use);
        after = page.next;
      } while (after !== undefined);
    },
  };
}
