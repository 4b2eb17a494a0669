import { echoRequestId, readJson } from '#http/index.ts';
import { AppError } from '#kernel/index.ts';
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type { Caller } from '../caller.ts';
import { malformed } from '../malformed.ts';

/** Who calls our APIs, as `oidc/` authenticates them. */
export interface ApiCallers {
  /** Throws 401 with `WWW-Authenticate`. */
  authenticate(ctx: Context): Promise<Caller>;
}

export type ApiScope = 'access:evaluate' | 'access:consents' | 'access:patient-keys';

export type Handler = (ctx: RouterContext, caller: Caller) => Promise<unknown>;

/**
 * A route of the API: the caller is known and has the scope, the answer is JSON that nobody caches. A handler that
 * resolves to nothing answers 204. Throws `access.insufficient_scope` (403).
 */
export function endpoint(callers: ApiCallers, scope: ApiScope, handler: Handler) {
  return async (ctx: RouterContext): Promise<void> => {
    // SPEC: AuthZEN 1.0 §10: the caller gets its own request identifier back.
    echoRequestId(ctx);
    const caller = await callers.authenticate(ctx);
    if (!caller.scopes.has(scope)) {
      // SPEC: RFC 6750 §3.1.
      ctx.set('WWW-Authenticate', `Bearer realm="trousseau", error="insufficient_scope", scope="${scope}"`);
      throw new AppError({
        code: 'access.insufficient_scope',
        status: 403,
        publicMessage: 'L’application n’a pas le droit d’appeler ce service.',
        errors: [{ path: 'scope', code: 'required', message: `Attendu : la portée ${scope}.` }],
      });
    }
    const body = await handler(ctx, caller);
    ctx.set('Cache-Control', 'no-store');
    if (body === undefined) ctx.status = 204;
    else ctx.body = body;
  };
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
