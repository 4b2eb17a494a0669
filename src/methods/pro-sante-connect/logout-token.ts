import type { Clock } from '#kernel/index.ts';
import { createRemoteJWKSet, customFetch, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { ID_TOKEN_ALGORITHM } from './client.ts';
import type { MetadataSource } from './metadata.ts';
import { UpstreamUnreachable, type Fetch } from './outgoing.ts';
import type { Upstream } from './upstream.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_AGE_SECONDS = 300;
const TOLERANCE_SECONDS = 30;

/** Whose session a logout token ends; at least one of the two names is there. */
export interface AnnouncedLogout {
  readonly sub?: string;
  readonly sid?: string;
  readonly jti: string;
  /** Epoch seconds until which a second delivery would still be accepted. */
  readonly expiresAt: number;
}

/** A logout token that says nothing. The message is for the log; the sender learns only `invalid_request`. */
export class LogoutTokenRefused extends Error {}

/**
 * Verifies a logout token by OpenID Connect Back-Channel Logout 1.0 §2.6: signature (RS256), `iss`, `aud`, age,
 * `events`, no `nonce`. Does not look whether its `jti` came before, nor for the session. Throws `LogoutTokenRefused`,
 * and `UpstreamUnreachable` when the provider's keys cannot be had.
 */
export function createLogoutTokenVerifier(deps: {
  readonly upstream: Upstream;
  readonly metadata: MetadataSource;
  readonly fetch: (seconds: number) => Fetch;
  readonly clock: Clock;
}) {
  const { upstream, metadata, fetch, clock } = deps;
  let source: { readonly uri: string; readonly keys: JWTVerifyGetKey } | undefined;

  async function keys(): Promise<JWTVerifyGetKey> {
    const { jwks_uri: uri } = await metadata.get();
    if (source?.uri !== uri) {
      const bounded = (url: string, init: { headers: Headers }) =>
        fetch(upstream.timeoutSeconds)(url, { headers: init.headers });
      source = { uri, keys: createRemoteJWKSet(new URL(uri), { [customFetch]: bounded }) };
    }
    return source.keys;
  }

  return async function verify(token: string): Promise<AnnouncedLogout> {
    const getKey = await keys();
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer: upstream.issuer,
        audience: upstream.clientId,
        // SECURITY: neither `none` nor an HMAC made with the public key is a signature.
        algorithms: [ID_TOKEN_ALGORITHM],
        requiredClaims: ['iat', 'jti', 'events'],
        maxTokenAge: MAX_AGE_SECONDS,
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(clock.nowMs()),
      });
      return { ...readClaims(payload), expiresAt: clock.now() + MAX_AGE_SECONDS + 2 * TOLERANCE_SECONDS };
    } catch (error) {
      if (error instanceof UpstreamUnreachable || error instanceof LogoutTokenRefused) throw error;
      throw new LogoutTokenRefused(error instanceof Error ? error.message : 'unreadable', { cause: error });
    }
  };
}

function readClaims(payload: JWTPayload): Omit<AnnouncedLogout, 'expiresAt'> {
  // SPEC: §2.4 "A nonce Claim MUST NOT be present": an ID token must not pass for a logout token.
  if ('nonce' in payload) throw new LogoutTokenRefused('nonce is prohibited');
  const { jti } = payload;
  if (typeof jti !== 'string' || jti === '') throw new LogoutTokenRefused('jti is not a text');
  const event: unknown = (payload['events'] as Record<string, unknown> | null | undefined)?.[EVENT];
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new LogoutTokenRefused('events does not name a back-channel logout');
  const sid = readName(payload, 'sid');
  const sub = readName(payload, 'sub');
  if (sid === undefined && sub === undefined) throw new LogoutTokenRefused('neither sid nor sub');
  return { jti, ...(sid === undefined ? {} : { sid }), ...(sub === undefined ? {} : { sub }) };
}

/** A claim that is present must be a text: a wrong type never widens what a token ends. */
function readName(payload: JWTPayload, claim: string): string | undefined {
  const value = payload[claim];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw new LogoutTokenRefused(`${claim} is not a text`);
  return value;
}
