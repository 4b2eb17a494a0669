import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_AGE_SECONDS = 300;
const TOLERANCE_SECONDS = 30;

/** At least one of the two. */
export type LogoutNames =
  { readonly sid: string; readonly sub?: string } | { readonly sid?: never; readonly sub: string };

export interface LogoutTokenChecks {
  readonly issuer: string;
  readonly clientId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Where the provider publishes its keys; asked only when a token arrives. */
  readonly jwksUri: () => Promise<string>;
}

/** A logout token that says nothing. The message is for the log; the sender learns only `invalid_request`. */
export class LogoutTokenRefused extends Error {}

/**
 * Verifies a logout token by OpenID Connect Back-Channel Logout 1.0 §2.6, and says whose session it ends.
 * Throws `LogoutTokenRefused`. What it does not do: look for the session, which may be gone already.
 */
export function createLogoutTokenVerifier({ issuer, clientId, now, jwksUri }: LogoutTokenChecks) {
  let keys: JWTVerifyGetKey | undefined;
  /** jti → when it may be forgotten, epoch milliseconds. */
  const seen = new Map<string, number>();

  return async function verify(token: string): Promise<LogoutNames> {
    keys ??= createRemoteJWKSet(new URL(await jwksUri()));
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      // SECURITY: asymmetric only, so that `none`, or an HMAC made with our public key, is no signature.
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
      // SECURITY: an ID token of the same issuer for the same client must not pass for a logout token.
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    }).catch((error: unknown) => {
      throw new LogoutTokenRefused(error instanceof Error ? error.message : String(error), { cause: error });
    });
    const names = readClaims(payload);
    for (const [jti, forgetMs] of seen) if (forgetMs <= now()) seen.delete(jti);
    const jti = String(payload.jti);
    // ORDER: looked up and noted without an await in between, so that of two deliveries one is refused.
    if (seen.has(jti)) throw new LogoutTokenRefused('jti was received before');
    seen.set(jti, now() + (MAX_AGE_SECONDS + 2 * TOLERANCE_SECONDS) * 1000);
    return names;
  };
}

function readClaims(payload: JWTPayload): LogoutNames {
  // SPEC: §2.4 "A nonce Claim MUST NOT be present".
  if ('nonce' in payload) throw new LogoutTokenRefused('nonce is prohibited');
  if (typeof payload.jti !== 'string' || payload.jti === '')
    throw new LogoutTokenRefused('jti is not a text');
  const event: unknown = (payload.events as Record<string, unknown> | null | undefined)?.[EVENT];
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new LogoutTokenRefused('events does not name a back-channel logout');
  const sid = readText(payload, 'sid');
  const sub = readText(payload, 'sub');
  if (sid !== undefined) return sub === undefined ? { sid } : { sid, sub };
  if (sub === undefined) throw new LogoutTokenRefused('neither sid nor sub');
  return { sub };
}

/** A claim that is present must be a text: a wrong type never widens what a token ends. */
function readText(payload: JWTPayload, claim: string): string | undefined {
  const value = payload[claim];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw new LogoutTokenRefused(`${claim} is not a text`);
  return value;
}
