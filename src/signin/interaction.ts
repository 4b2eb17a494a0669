import type { Acr } from '#kernel/index.ts';
import type { Context } from 'koa';

/** A place of work that no membership says, as a means vouched for it: what tokens tell of it. */
export interface WorkPlace {
  /** Its value as situation d'exercice. */
  readonly value: string;
  /** Where it is an organisation of ours. */
  readonly organisation?: string;
  readonly finess?: string;
  readonly name: string;
}

/** The session that the browser already has, as far as sign-in needs it. */
export interface RunningSession {
  readonly uid: string;
  readonly accountId: string;
  readonly acr: Acr | undefined;
  /** Ids of the methods that this session was made with. */
  readonly methods: readonly string[];
  readonly situation?: string;
  /** What it is, when no membership says so. */
  readonly place?: WorkPlace;
  /** Epoch seconds of the last authentication. */
  readonly authTime: number;
}

/** One authorization request that waits for a person. */
export interface Interaction {
  readonly uid: string;
  readonly clientId: string;
  readonly clientName: string;
  /** The level that must be reached; `undefined` when nobody knows the one that was asked for. */
  readonly requiredAcr: Acr | undefined;
  /** The person must prove themselves again although a session runs (`prompt=login`, `max_age`). */
  readonly reauthenticate: boolean;
  readonly loginHint?: string;
  /** The session that the browser had when the authorization was asked for. */
  readonly session?: RunningSession;
  /** The one that it has now, of a sign-in in another tab meanwhile; never beside `session`. */
  readonly present?: RunningSession;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Set once the outcome was handed over (a second click on the last button): where the authorization goes on. */
  readonly resumeAt?: string;
}

/** What sign-in answers to the authorization request. */
export type Outcome =
  | {
      readonly kind: 'signed-in';
      readonly accountId: string;
      readonly acr: Acr;
      readonly amr: readonly string[];
      readonly methods: readonly string[];
      readonly authTime: number;
      readonly situation?: string;
      /** What it is, when no membership says so. */
      readonly place?: WorkPlace;
      /** Opaque names of the sessions elsewhere that this one comes from (`Sessions.endByOrigin`). */
      readonly origins?: readonly string[];
      /** The session ends after as long without activity, where that is less than otherwise (a shared workstation). */
      readonly idleSeconds?: number;
      /** Absolute length of the session, in seconds from its first sign-in. */
      readonly maxSeconds: number;
    }
  | { readonly kind: 'refused'; readonly error: string; readonly description: string };

/** What sign-in needs of the OpenID Connect side; implemented by `oidc/`, wired in `app.ts`. */
export interface Interactions {
  /** The interaction of this URL and browser; `null` when it ended, never was, or is another browser's. */
  find(ctx: Context): Promise<Interaction | null>;
  /** Hands the outcome over and resolves to the address at which the authorization goes on. */
  finish(ctx: Context, outcome: Outcome): Promise<string>;
}
