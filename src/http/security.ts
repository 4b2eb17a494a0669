import { randomBytes } from 'node:crypto';
import { AppError } from '#kernel/index.ts';
import type { Middleware } from 'koa';

/**
 * SECURITY: nothing but our own host is answered (trap 1: everything that Koa derives from the Host header would
 * follow it). In a demonstration the machine's own names are one and the same host.
 */
export function pinHost(hosts: readonly string[]): Middleware {
  const allowed = new Set(hosts.map(host => host.toLowerCase()));
  return async (ctx, next) => {
    if (allowed.has(ctx.get('Host').toLowerCase())) return next();
    throw new AppError({
      code: 'http.wrong_host',
      status: 421,
      publicMessage: 'Cette adresse n’est pas celle du service.',
    });
  };
}

/** Headers of every answer. No `form-action`: browsers apply it along the redirects of a sign-in (trap 10). */
export function securityHeaders({ isSecure }: { readonly isSecure: boolean }): Middleware {
  return async (ctx, next) => {
    const nonce = randomBytes(12).toString('base64url');
    (ctx.state as { nonce?: string }).nonce = nonce;
    ctx.set({
      'Content-Security-Policy': `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
      'Cache-Control': 'no-store',
    });
    if (isSecure) ctx.set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    await next();
  };
}
