import Koa from 'koa';
import { messagePage } from './layout.ts';
import type { DccLogger } from './settings.ts';

/** Records are not for caches, and no page needs a script. */
export function securityHeaders(providerOrigin: string): Koa.Middleware {
  // form-action also governs where a form's answer redirects to (sign-in and sign-out end at the provider).
  const policy = `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${providerOrigin}; base-uri 'none'; frame-ancestors 'none'`;
  return async (ctx, next) => {
    ctx.set({
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    await next();
  };
}

/** Renders refusals and failures in one place. A failure shows no detail. */
export function errorPages(logger: DccLogger): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) ctx.throw(404);
    } catch (error) {
      const status = error instanceof Koa.HttpError && error.expose ? error.status : 500;
      if (status === 500) logger.warn({ error: String(error) }, 'unexpected failure');
      ctx.status = status;
      const text =
        status === 404
          ? 'Cette page n’existe pas.'
          : status === 403
            ? 'Cette page est trop ancienne. Revenez en arrière, rechargez-la, puis recommencez.'
            : status < 500
              ? 'Cette demande n’a pas pu être lue.'
              : 'Une erreur est survenue de notre côté. Réessayez dans un instant.';
      ctx.body = messagePage(undefined, { title: 'Demande impossible', text, code: `http_${status}` });
    }
  };
}
