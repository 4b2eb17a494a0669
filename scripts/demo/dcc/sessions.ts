import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { Colleague } from './colleagues.ts';
import type { Emergency } from './decisions.ts';
import type { LogoutNames } from './logout-token.ts';

const COOKIE = 'dcc_session';
const IDLE_MS = 4 * 3_600_000;
const ABSOLUTE_MS = 12 * 3_600_000;
/** A session that is only waiting for a sign-in to come back: anybody can make one, so it is short-lived. */
const PENDING_MS = 15 * 60_000;
/** Bounds the memory that strangers can take; beyond it the oldest session goes. */
const MAX_SESSIONS = 10_000;
/** Several tabs may sign in at once, each with its own `state`. */
const MAX_SIGN_INS = 5;

/** What must be found again when the browser comes back from the provider. */
export interface SignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly minimumAcr: string;
  readonly returnTo: string;
}

export interface Person {
  readonly sub: string;
  /** The provider's session for this client: sent with every access question, and named by logout tokens. */
  readonly sid: string;
  readonly acr: string;
  /** How the person was recognised (RFC 8176); empty when the provider does not say. */
  readonly amr: readonly string[];
  readonly name: string;
  /** Kept for `id_token_hint` at logout. */
  readonly idToken: string;
}

export interface Session {
  readonly id: string;
  /** Posted back by every form. */
  readonly csrf: string;
  readonly createdMs: number;
  usedMs: number;
  signIns: SignIn[];
  person?: Person;
  /** Records that this person opened in an emergency, by number, until they end. */
  readonly emergencies: Map<string, OpenEmergency>;
  /** In whose name this person acts, until they choose again. */
  onBehalfOf?: Colleague;
  /** Emergencies that were typed and not opened yet, by number: a stronger sign-in does not lose them. */
  drafts: Map<string, Emergency>;
}

/** What is stated again with each request, and when it is over. */
export interface OpenEmergency extends Emergency {
  readonly untilMs: number;
}

export type Sessions = ReturnType<typeof createSessions>;

/** Sessions live on this side only, in memory; the browser holds a random id and nothing else. */
export function createSessions({ secure, now }: { secure: boolean; now: () => number }) {
  const sessions = new Map<string, Session>();

  function isLive(session: Session): boolean {
    const at = now();
    if (session.person === undefined) return at - session.createdMs < PENDING_MS;
    return at - session.usedMs < IDLE_MS && at - session.createdMs < ABSOLUTE_MS;
  }

  function sweep(): void {
    for (const session of sessions.values()) if (!isLive(session)) sessions.delete(session.id);
    for (const id of sessions.keys()) {
      if (sessions.size < MAX_SESSIONS) break;
      sessions.delete(id);
    }
  }

  function create(ctx: Context, person?: Person): Session {
    if (sessions.size >= MAX_SESSIONS) sweep();
    const id = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    const session: Session = {
      id,
      csrf,
      createdMs: now(),
      usedMs: now(),
      signIns: [],
      emergencies: new Map(),
      drafts: new Map(),
    };
    if (person !== undefined) session.person = person;
    sessions.set(id, session);
    // SECURITY: Lax, not Strict: the cookie must come back with the provider's redirect.
    ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: 'lax', secure, path: '/', overwrite: true });
    return session;
  }

  return {
    /** The session of this browser, or `undefined`; reading it counts as activity. */
    find(ctx: Context): Session | undefined {
      const session = sessions.get(ctx.cookies.get(COOKIE) ?? '');
      if (session === undefined) return undefined;
      if (!isLive(session)) {
        sessions.delete(session.id);
        return undefined;
      }
      session.usedMs = now();
      return session;
    },

    /** Remembers a sign-in that starts, in the browser's session or in a new one. */
    remember(ctx: Context, session: Session | undefined, signIn: SignIn): void {
      const target = session ?? create(ctx);
      target.signIns = [...target.signIns, signIn].slice(-MAX_SIGN_INS);
    },

    /** Takes a sign-in away: each `state` comes back once. */
    takeSignIn(session: Session | undefined, state: unknown): SignIn | undefined {
      const found = session?.signIns.find(signIn => signIn.state === state);
      if (session !== undefined) session.signIns = session.signIns.filter(signIn => signIn !== found);
      return found;
    },

    /** SECURITY: a new id at every sign-in, so that an id planted before it is worth nothing after it. */
    signIn(ctx: Context, before: Session | undefined, person: Person): Session {
      if (before !== undefined) sessions.delete(before.id);
      const session = create(ctx, person);
      session.signIns = before?.signIns ?? [];
      // SECURITY: what one person typed or chose is not left to the next one at the same browser.
      if (before?.person?.sub === person.sub) {
        session.drafts = before.drafts;
        if (before.onBehalfOf) session.onBehalfOf = before.onBehalfOf;
      }
      return session;
    },

    end(ctx: Context, session: Session): void {
      sessions.delete(session.id);
      ctx.cookies.set(COOKIE, null, { path: '/', overwrite: true });
    },

    /** Ends what a logout token names: one session by `sid`, or every one of `sub`. Returns how many. */
    endNamed(names: LogoutNames): number {
      const named = [...sessions.values()].filter(
        ({ person }) =>
          person !== undefined &&
          (names.sid === undefined || names.sid === person.sid) &&
          (names.sub === undefined || names.sub === person.sub),
      );
      for (const session of named) sessions.delete(session.id);
      return named.length;
    },
  };
}

/** Compares the token of a form with the session's, in constant time. */
export function isOwnForm(session: Session, csrf: string): boolean {
  const given = Buffer.from(csrf);
  const expected = Buffer.from(session.csrf);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
