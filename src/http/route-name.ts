import type { Context } from 'koa';

/**
 * Words of paths that no router of ours matches (oidc-provider serves them itself). Anything else is written as
 * `:id`, whatever it looks like.
 */
const WORDS = new Set([
  '',
  '.well-known',
  'assets',
  'authorize',
  'confirm',
  'health',
  'introspect',
  'jwks',
  'live',
  'logout',
  'metrics',
  'oauth-authorization-server',
  'oidc',
  'openid-configuration',
  'par',
  'ready',
  'revoke',
  'success',
  'token',
  'userinfo',
]);
const MAX_PARTS = 4;

/**
 * SECURITY: how logs and metrics call a request: by the pattern of its route, else by its known words. No id, no
 * patient key, no name and no query string can get there, and the number of different names is bounded.
 */
export function routeNameOf(ctx: Context): string {
  const { _matchedRoute: pattern } = ctx as { _matchedRoute?: unknown };
  if (typeof pattern === 'string') return pattern;
  const parts = ctx.path.split('/').slice(1);
  // Paths that begin with nothing of ours are one name: strangers looking for other people's software.
  if (parts.length > MAX_PARTS || !WORDS.has(parts[0] ?? '')) return 'other';
  return `/${parts.map(part => (WORDS.has(part) ? part : ':id')).join('/')}`;
}
