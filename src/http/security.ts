import type { Context, Middleware } from 'koa';

/**
 * Headers of every answer. Scripts and styles come from our own assets only, so there is no nonce to keep. No
 * `form-action`: browsers apply it along the redirects of a sign-in (trap 10).
 */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  'Cache-Control': 'no-store',
};

export function securityHeaders(deps: {
  readonly isSecure: boolean;
  /** The digest of the one style sheet that stands in the pages themselves, where they are self-contained. */
  readonly styleDigest?: string | undefined;
}): Middleware {
  const { isSecure, styleDigest } = deps;
  const policy = HEADERS['Content-Security-Policy'];
  const headers = Object.entries({
    ...HEADERS,
    ...(styleDigest === undefined
      ? {}
      : { 'Content-Security-Policy': policy.replace("style-src 'self'", `style-src '${styleDigest}'`) }),
    ...(isSecure ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
  });
  return async (ctx, next) => {
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    await next();
  };
}

/** Lets this page show pictures of other sites (logos of applications): their origins, and nothing else of them. */
export function allowImagesFrom(ctx: Context, addresses: readonly string[]): void {
  const origins = [...new Set(addresses.map(address => new URL(address).origin))];
  if (origins.length === 0) return;
  const policy = String(ctx.response.get('Content-Security-Policy'));
  ctx.set('Content-Security-Policy', policy.replace("img-src 'self'", `img-src 'self' ${origins.join(' ')}`));
}
