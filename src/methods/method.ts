import type { Account } from '#accounts/index.ts';
import type { Professional } from '#directory/index.ts';
import type { Acr } from '#kernel/index.ts';

/** Whom an attempt is about: an account with its professional, or nobody (an unknown or closed login). */
export type Person = { readonly account: Account; readonly professional: Professional } | null;

/** What kind of proof a means is (ANS, RFC 8176): two different kinds make a multi-factor sign-in. */
export type Factor = 'knowledge' | 'possession' | 'inherence';

/** Where an attempt takes place. A challenge answers only in the interaction and for the purpose it was made for. */
export interface AttemptPlace {
  readonly interaction: string;
  /** `first` identifies a person, `second` follows another means. */
  readonly purpose: 'first' | 'second';
}

/** How many challenges leave the house before they are withheld. The flow counts them, for nobody as for somebody. */
export interface SendLimits {
  readonly perHour: number;
  readonly perDay: number;
  /** To one address, whatever the accounts behind it. */
  readonly perDestinationDay: number;
  /** Asked for from one source address. */
  readonly perSourceDay: number;
}

/** Asked for each challenge that is about to leave, with its destination (`null` for nobody); false: send nothing. */
export type MaySend = (destination: string | null) => Promise<boolean>;

/** The outcome of a verification. Expected refusals are values; exceptions are failures. */
export type Verdict =
  { readonly ok: true } | { readonly ok: false; readonly code: string; readonly triesLeft?: number };

/** What `begin` prepared, as much of it as a page may show to a stranger. */
export interface Challenge {
  /** Where the answer was sent, masked; absent when saying it would tell that the account exists. */
  readonly destination?: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Epoch seconds before which nothing is sent again. */
  readonly resendAt: number;
}

/**
 * One means of signing in. It verifies a proof and nothing else: attempt caps, lockout, uniform
 * answers, audit and levels are the sign-in flow's, and it never sees the HTTP request.
 */
export interface Method {
  /** Value of the `method` button, and `id` and `name` of its form and field unless `form` says otherwise. */
  readonly id: string;
  /** The form that it is asked with, where several means share one (a code by e-mail, by SMS). */
  readonly form?: string;
  /** French, for the registry of means: « Mot de passe ». */
  readonly title: string;
  readonly factor: Factor;
  /** True when a page that pretends to be ours learns nothing that serves elsewhere. */
  readonly resistsPhishing: boolean;
  /** RFC 8176 value. */
  readonly amr: string;
  /** The level that it earns alone; `null` when it never identifies anybody by itself. */
  readonly acrAlone: Acr | null;
  /** The levels that a region may declare for it alone, by date; absent: its own only. */
  readonly declarableAcrs?: readonly Acr[];
  /** The level that it earns after another kind of factor; `null` when it is never a second step. */
  readonly acrAsSecond: Acr | null;
  /** How the first page offers it; absent when it has no button there. */
  readonly button?: { readonly label: string; readonly icon: string };
  /** How it is offered beside another second step. */
  readonly choice?: { readonly label: string; readonly icon: string };
  /** True when this person can use it now (has an address, a device…). */
  isAvailableTo(person: Person): boolean | Promise<boolean>;
  /** False for what cannot be a proof of this means (a slip of the finger): refused without being counted. */
  isWellFormed?(input: string): boolean;
  /** Throws 503 when nothing can be judged now: asked before anything is counted. Absent for a means that always can. */
  assertReady?(): void;
  /** Bounds on what `begin` sends; absent for a means that sends nothing. */
  readonly sendLimits?: SendLimits;
  /**
   * Prepares (or, when one is alive and `renew` is false, finds again) the challenge. Absent for a means that needs
   * none. Nothing leaves without the word of `maySend`. For `null` it does the same work, writes included, and sends
   * nothing.
   */
  begin?(person: Person, place: AttemptPlace, renew: boolean, maySend: MaySend): Promise<Challenge>;
  /** Judges `input`. For `null` it does the same work and refuses with the same code as for a wrong proof. */
  verify(person: Person, input: string, place: AttemptPlace): Promise<Verdict>;
}
