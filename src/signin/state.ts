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
  /** The means chosen among those that are enough as second step. */
  readonly secondMethod?: string;
  readonly situation?: string;
  readonly expiresAt: number;
}

export const signinStates: CollectionSpec<SigninState> = { name: 'signin_states', version: 1, indexes: {} };

/** What one step adds. */
export type StateChange = Partial<Omit<SigninState, 'id' | 'expiresAt'>>;
