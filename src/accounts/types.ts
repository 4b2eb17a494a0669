import type { Doc } from '#store/index.ts';

/** Which text somebody accepted, when. Epoch seconds. */
export interface AcceptedTerms {
  readonly version: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly textHash: string;
  readonly acceptedAt: number;
  /** Where from: a network address, or `import`. */
  readonly source?: string;
}

/** How somebody signs in: one aggregate beside the `Professional` of the same id (the `sub`). */
export interface Account extends Doc {
  /** INVARIANT: never changes, and is never given to another account, even after this one has closed. */
  readonly login: string;
  /** argon2id, PHC; absent for who signs in by other means only. */
  readonly passwordHash?: string;
  readonly passwordChangedAt?: number;
  readonly mustChangePassword: boolean;
  /** An administrator has ended it: another is asked for at the next sign-in by it. */
  readonly isPasswordEnded?: true;
  /** Its owner has chosen the first one by a link that was sent. */
  readonly isFirstChosenByLink?: true;
  /** Hashes of earlier passwords, newest first. */
  readonly passwordHistory: readonly string[];
  readonly termsAccepted: readonly AcceptedTerms[];
  readonly createdAt: number;
}
