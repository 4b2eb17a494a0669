import type { Context, Middleware } from 'koa';
import type { HttpLogger } from './logger.ts';
import type { Pages } from './pages.ts';
import { statusError, toAppError, toProblem } from './problem.ts';
import { requestIdOf } from './requests.ts';

/** Routes are found whatever the case of their letters, and so are their errors. */
const API = /^\/(?:access|admin\/api\/v1|scim|oidc|health|metrics|\.well-known)(?:\/|$)/iu;

function wantsProblem(ctx: Context): boolean {
  return API.test(ctx.path) || ctx.accepts('html', 'json') === 'json';
}

/** Renders every refusal and failure, once: problem+json for APIs, a page with a reference for people. */
export function renderErrors(deps: { readonly pages: Pages; readonly logger: HttpLogger }): Middleware {
  const { pages, logger } = deps;

  async function render(ctx: Context, thrown: unknown): Promise<void> {
    const error = toAppError(thrown);
    const requestId = requestIdOf(ctx);
    if (error.status >= 500) {
      const { detail, cause, stack } = error;
      const fields = {
        requestId,
        code: error.code,
        detail,
        error: String(cause ?? ''),
        stack: causeStack(cause) ?? stack,
      };
      logger.error(fields, 'request failed');
    }
    ctx.status = error.status;
    ctx.set('Cache-Control', 'no-store');
    if (error.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(error.retryAfterSeconds));
    if (wantsProblem(ctx)) {
      ctx.body = toProblem(error, requestId);
      ctx.type = 'application/problem+json';
      return;
    }
    const data = {
      title: error.publicMessage,
      message: error.publicMessage,
      hint: error.hint ?? null,
      code: error.code,
      status: error.status,
      reference: requestId,
    };
    try {
      await pages.render(ctx, 'error', data);
    } catch (failure) {
      // The page needs the store (the region's name): when that is what failed, plain words remain.
      logger.error({ requestId, error: String(failure) }, 'the error page failed');
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = `${error.publicMessage}\n${error.hint ?? ''}\nRéférence : ${requestId}\n`;
    }
    ctx.status = error.status;
  }

  return async (ctx, next) => {
    try {
      await next();
      if (ctx.respond === false) return;
      if (ctx.status !== 404 || ctx.body != null) return;
      const methods = methodsAt(ctx);
      if (methods.length > 0) ctx.set('Allow', methods.join(', '));
      await render(ctx, statusError(methods.length > 0 ? 405 : 404));
    } catch (error) {
      if (ctx.headerSent) {
        logger.error(
          { requestId: requestIdOf(ctx), error: String(error) },
          'failed after the answer had begun',
        );
        ctx.res.destroy();
        return;
      }
      await render(ctx, error);
    }
  };
}

/** The methods that routes of this path would have answered; none when no route has this path. */
function methodsAt(ctx: Context): string[] {
  const { matched = [] } = ctx as { matched?: readonly { readonly methods: readonly string[] }[] };
  const methods = new Set(matched.flatMap(layer => layer.methods));
  // A route that did answer, with 404, is not one that lacks the method.
  return methods.has(ctx.method) ? [] : [...methods].sort();
}

function causeStack(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}
