import type { Account } from '#accounts/index.ts';
import type { EventType } from '#audit/index.ts';
import type { Professional } from '#directory/index.ts';
import type { Context } from 'koa';

/** The person at the page, as the frame of our own pages knows them. */
export interface SignedIn {
  readonly sub: string;
  readonly name: string;
  /** The live session: its level, and when the person last proved who they are (epoch seconds). */
  readonly session: { readonly uid: string; readonly acr: string | undefined; readonly authTime: number };
}

/** A live session, as much of it as an administrator is shown. */
export interface AdministeredSession {
  readonly uid: string;
  readonly acr: string | undefined;
  /** Epoch seconds, both. */
  readonly startedAt: number;
  readonly expiresAt: number;
  /** Applications opened with it, by `client_id`. */
  readonly clients: readonly string[];
}

/** Who calls the API: an application whose token or secret was verified. */
export interface ApiClient {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly application: { readonly network?: string | undefined; readonly branch?: string | undefined };
}

/** What applications of the region may ask for, and how one is tried. */
export interface RelyingParties {
  /** Scopes of people's sign-ins, and of our own APIs. */
  readonly signInScopes: readonly string[];
  readonly apiScopes: readonly string[];
  readonly trials: {
    /** Where a sign-in on trial begins, on our own site; `null` for an application that signs nobody in. */
    signInUrl(request: {
      readonly clientId: string;
      readonly state: string;
      readonly nonce: string;
      readonly challenge: string;
    }): Promise<string | null>;
    /** The `client_id` that redeems the code of that trial. */
    clientIdOf(clientId: string): string;
    /** Where the code comes back to: a page of administration. */
    readonly callback: string;
  };
}

/** What administration asks of modules that it does not know. */
export interface AdminPorts {
  /** Every kind of event that the other modules leave in the trail. */
  readonly events: readonly EventType[];
  /** Who is signed in on this browser, or `null`; prepares the frame of the page. */
  signedIn(ctx: Context): Promise<SignedIn | null>;
  /** Sends the link by which a new account chooses its password. `id` names the mail: sent once. */
  sendFirstLink(account: Account, person: Professional, id: string): Promise<void>;
  /** Where the guide for people of that profession (NOS code) is read. */
  guideFor(profession: string | undefined): Promise<string>;
  /** Where to sign in, at that level and at most that long ago, and then come back to `returnTo` (a path of ours). */
  signInUrl(returnTo: string, asked: { readonly acr: string; readonly maxAge?: number | undefined }): string;
  readonly sessions: {
    list(sub: string): Promise<readonly AdministeredSession[]>;
    /** Ends it now, for every application. Idempotent. */
    end(uid: string, reason: string): Promise<void>;
    /** Ends all of them; resolves to how many. */
    endAll(sub: string, reason: string): Promise<number>;
  };
  readonly relyingParties: RelyingParties;
  /** Security Event Tokens. */
  readonly securityEvents: {
    /** A compact JWS of these claims, `typ` `secevent+jwt`, by the key that signs tokens at this moment. */
    sign(claims: object): Promise<string>;
    /** Where the keys are published. */
    readonly jwksUri: string;
  };
  /** Throws 401 `access.unauthenticated`, and 429 `http.too_many_requests` after too many failures. */
  authenticate(ctx: Context): Promise<ApiClient>;
  /** Leaves a refused call (401, 403, 429) in the audit log; anything else is none. `client`: whom it had proven to be. */
  noteRefusal(ctx: Context, error: unknown, client: string | undefined): Promise<void>;
}
