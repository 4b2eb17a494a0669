import { randomBytes } from 'node:crypto';
import { PORTAL_CLIENT_ID } from './clients.ts';

/** A path of our own site that a sign-in may come back to; anything else becomes the kiosk. */
export function safeReturnPath(path: string): string {
  // SECURITY: `//host` and `/\host` leave the site; control characters and other schemes never start with one slash.
  return /^\/(?![/\\])[\x21-\x7e]*$/u.test(path) && path.length <= 500 ? path : '/';
}

/**
 * Where our own pages send a person to sign in, and then back to `returnTo`. The code that comes back is not
 * redeemed (it dies in a minute): the session itself, in the cookie of this very site, is what the pages read.
 * `maxAge` (seconds) asks for a sign-in that is not older: 0 for a new one.
 */
export function portalSignInUrl(
  issuer: string,
  returnTo: string,
  { acr, maxAge }: { readonly acr?: string | undefined; readonly maxAge?: number | undefined } = {},
): string {
  const query = new URLSearchParams({
    client_id: PORTAL_CLIENT_ID,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${issuer}/signed-in`,
    state: safeReturnPath(returnTo),
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
    ...(acr === undefined ? {} : { acr_values: acr }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  });
  return `/oidc/authorize?${query}`;
}
