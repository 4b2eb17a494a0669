import { echoRequestId, readJson } from '#http/index.ts';
import { AppError } from '#kernel/index.ts';
import type { RouterContext } from '@koa/router';
import type { Middleware } from 'koa';
import type { Caller } from '../caller.ts';
import { malformed } from '../malformed.ts';
import type { CallGuard } from './call-guard.ts';

export type ApiScope = 'access:evaluate' | 'access:search' | 'access:consents' | 'access:patient-keys';

export type Handler = (ctx: RouterContext, caller: Caller) => Promise<unknown>;

/** Makes a route of the API out of what it does. */
export type Endpoint = (scope: ApiScope, handler: Handler) => (ctx: RouterContext) => Promise<void>;

/**
 * Routes whose caller is known and has the scope, whose answer is JSON that nobody caches, and whose refusals (401,
 * 403, 429) are recorded. A handler that resolves to nothing answers 204. Throws `access.insufficient_scope` (403).
 */
export function createEndpoint(guard: CallGuard): Endpoint {
  return (scope, handler) => async ctx => {
    let caller: Caller | undefined;
    try {
      caller = await guard.authenticate(ctx);
      if (!caller.scopes.has(scope)) throw insufficientScope(ctx, scope);
      const body = await handler(ctx, caller);
      ctx.set('Cache-Control', 'no-store');
      if (body === undefined) ctx.status = 204;
      else ctx.body = body;
    } catch (error) {
      await guard.noteRefusal(ctx, error, caller?.clientId);
      throw error;
    }
  };
}

/** SPEC: AuthZEN 1.0 §10: the caller gets its own request identifier back, also where there is nothing. */
export const echoRequestIds: Middleware = (ctx, next) => {
  if (ctx.path.startsWith('/access/v1/')) echoRequestId(ctx);
  return next();
};

function insufficientScope(ctx: RouterContext, scope: ApiScope): AppError {
  // SPEC: RFC 6750 §3.1.
  ctx.set('WWW-Authenticate', `Bearer realm="trousseau", error="insufficient_scope", scope="${scope}"`);
  return new AppError({
    code: 'access.insufficient_scope',
    status: 403,
    publicMessage: 'L’application n’a pas le droit d’appeler ce service.',
    errors: [{ path: 'scope', code: 'required', message: `Attendu : la portée ${scope}.` }],
  });
}

/** The JSON body; no body at all reads as an empty object, so that the answer names what is missing. */
export async function bodyOf(ctx: RouterContext, maxBytes = 64 * 1024): Promise<unknown> {
  const isEmpty = !ctx.request.length && ctx.get('Transfer-Encoding') === '';
  return isEmpty ? {} : readJson(ctx, { maxBytes });
}

/** One value of the query. Throws `access.malformed_request` (400) for a repeated one. */
export function queryOf(ctx: RouterContext, name: string): string | undefined {
  const value = ctx.query[name];
  if (Array.isArray(value)) throw malformed(`query.${name}`, 'wrong_type', 'Attendu : une seule valeur.');
  return value;
}
