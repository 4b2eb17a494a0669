import type { ProvenIdentity, WorkSituation } from '#methods/index.ts';
import type { CollectionSpec, Doc } from '#store/index.ts';

/** What a sign-in has reached so far: one document per interaction, written by its steps only. */
export interface SigninState extends Doc {
  /** The interaction's uid. */
  readonly id: string;
  /** As typed, so that a refused page keeps it. */
  readonly login?: string;
  /** Who was identified by a verified proof. */
  readonly accountId?: string;
  /** Proofs given in this interaction, oldest first. */
  readonly proofs: readonly { readonly method: string; readonly at: number }[];
  /** A means chosen on the first page that identifies by itself, its challenge under way (its login may be unknown). */
  readonly firstMethod?: string | null;
  /** The workstation is one of many people, by the word of who signs in. */
  readonly isShared?: boolean;
  /** The means chosen among those that are enough as second step. */
  readonly secondMethod?: string;
  /** Why the proof that was made elsewhere was not accepted; shown until the next form. */
  readonly arrival?: ArrivalRefusal | null;
  /** Whom that proof named, when nobody here is known by it. */
  readonly unknown?: ProvenIdentity | null;
  /** Where the person works by the word of a means. */
  readonly situations?: readonly WorkSituation[];
  /** Sessions elsewhere that the proofs come from. */
  readonly origins?: readonly string[];
  readonly situation?: string;
  /** The first password was replaced in this very sign-in. */
  readonly isFirst?: true;
  /** The number that a code was sent to, in order to prove it. */
  readonly mobile?: string | null;
  /** Proving it was put off. */
  readonly isMobilePostponed?: true;
  readonly expiresAt: number;
}

/** Without words: a page finds them by the code. */
export interface ArrivalRefusal {
  readonly code: string;
  readonly retryAfterSeconds?: number;
}

export const signinStates: CollectionSpec<SigninState> = {
  name: 'signin_states',
  version: 1,
  indexes: {},
  sealed: ['unknown', 'mobile'],
};

/** What one step adds. */
export type StateChange = Partial<Omit<SigninState, 'id' | 'expiresAt'>>;
