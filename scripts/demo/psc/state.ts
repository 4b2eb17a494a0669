import { createHash, randomBytes } from 'node:crypto';
import type { PscPerson } from './people.ts';

/** A relying party of the simulated provider. */
export interface PscClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly backchannelLogoutUri?: string;
}

/** An authorization request that waits for its person. */
export interface PscRequest {
  readonly client: PscClient;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly challenge: string;
}

/** Somebody's session at the provider, and the relying parties that it opened. */
export interface PscSession {
  readonly sid: string;
  readonly person: PscPerson;
  /** Epoch seconds. */
  readonly authTime: number;
  readonly clients: Set<PscClient>;
}

export interface PscCode {
  readonly request: PscRequest;
  readonly session: PscSession;
}

/** Milliseconds: the access token's two minutes are those of the real provider. */
const LIFE_MS = { request: 600_000, code: 60_000, token: 120_000, session: 4 * 3_600_000 };

/** Everything of the simulation, in memory: it is forgotten with the process. */
export function createPscState(now: () => number) {
  return {
    requests: createShelf<PscRequest>(LIFE_MS.request, now),
    codes: createShelf<PscCode>(LIFE_MS.code, now),
    tokens: createShelf<PscSession>(LIFE_MS.token, now),
    /** By the value of the browser's cookie. */
    sessions: createShelf<PscSession>(LIFE_MS.session, now),
  };
}

export type PscState = ReturnType<typeof createPscState>;

/** Values by a random key, for a time. */
function createShelf<T>(lifeMs: number, now: () => number) {
  const kept = new Map<string, { readonly value: T; readonly untilMs: number }>();
  const get = (key: string): T | undefined => {
    const found = kept.get(key);
    return found && now() < found.untilMs ? found.value : undefined;
  };
  return {
    get,
    add(value: T): string {
      for (const [key, { untilMs }] of kept) if (untilMs <= now()) kept.delete(key);
      const key = randomBytes(24).toString('base64url');
      kept.set(key, { value, untilMs: now() + lifeMs });
      return key;
    },
    take(key: string): T | undefined {
      const value = get(key);
      kept.delete(key);
      return value;
    },
    all: (): readonly (readonly [string, T])[] =>
      [...kept].flatMap(([key, { value, untilMs }]) => (now() < untilMs ? [[key, value] as const] : [])),
  };
}

/** RFC 7636 §4.6, method S256. */
export function isProvenBy(challenge: string, verifier: string): boolean {
  return createHash('sha256').update(verifier).digest('base64url') === challenge;
}
