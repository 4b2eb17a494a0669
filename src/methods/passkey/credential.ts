import { createHash } from 'node:crypto';
import type { FactorNote } from '../enrolment.ts';
import type { EnrolledFactor, FactorKind, Factors } from '../factors.ts';

/** How many passkeys one account has at most: a telephone, a computer, two security keys, and as many again. */
export const MOST_PASSKEYS = 10;

/** What is kept of a credential (WebAuthn L3 §4, credential record); its id is the factor's handle. */
export interface PasskeyData {
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** Of its last use; 0 for ever with authenticators that do not count. */
  readonly counter: number;
  /** BE: the key may leave the device it was made on. It never changes in the life of a credential. */
  readonly isSyncable: boolean;
  /** BS: a copy of it is kept elsewhere now. */
  readonly isBackedUp: boolean;
  /** Model of the authenticator, as it says: without attestation nobody vouches for it. */
  readonly aaguid: string;
  readonly transports: readonly string[];
  /** Epoch seconds of the last answer whose counter went back. */
  readonly counterWentBackAt?: number;
}

export type Passkey = EnrolledFactor<PasskeyData>;

export function passkeyFactors(factors: Factors): FactorKind<PasskeyData> {
  return factors.kind<PasskeyData>('passkey', MOST_PASSKEYS);
}

/**
 * The name of an account that authenticators keep and give back. SPEC: WebAuthn L3 §14.6.1: opaque, without anything
 * about the person, 64 bytes at most, which an account's id may exceed.
 */
export function userHandleOf(accountId: string): string {
  return createHash('sha256').update(`passkey of ${accountId}`).digest('base64url');
}

/** What its owner should know: where the key is kept, and whether somebody else may have it. */
export function noteOf(factor: EnrolledFactor): FactorNote {
  const { isSyncable, isBackedUp, counterWentBackAt } = (factor as Passkey).data;
  if (counterWentBackAt !== undefined) {
    return {
      text: 'Cette clé a peut-être été copiée : son compteur est revenu en arrière. Retirez-la et ajoutez-en une autre.',
      isWarning: true,
    };
  }
  if (!isSyncable)
    return { text: 'Gardée sur ce seul appareil ou cette seule clé de sécurité.', isWarning: false };
  return isBackedUp
    ? { text: 'Synchronisée par votre gestionnaire de clés d’accès.', isWarning: false }
    : { text: 'Pas encore sauvegardée : pour l’instant, elle est sur ce seul appareil.', isWarning: false };
}
