import { createHmac } from 'node:crypto';
import { AppError, equalsInConstantTime, randomId, type Sealer } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { Form } from './form.ts';

/** Cross-site request forgery: a token in the form that only the browser with our cookie can have been given. */
export interface Csrf {
  /** The token for a form of this page; gives the browser its cookie when it has none. */
  token(ctx: Context): string;
  /** Throws `http.csrf_failed` (403) unless the form carries the token of this browser and comes from our site. */
  verify(ctx: Context, form: Form): void;
}

export function createCsrf(deps: { readonly sealer: Sealer; readonly origin: string }): Csrf {
  const { origin } = deps;
  const isSecure = origin.startsWith('https:');
  const cookieName = isSecure ? '__Host-trousseau_form' : 'trousseau_form';
  const scheme = isSecure ? 'https' : 'http';
  const key = deps.sealer.derive('csrf');
  const tokenOf = (cookie: string) => createHmac('sha256', key).update(cookie).digest('base64url');

  function cookieOf(ctx: Context): string | undefined {
    const cookie = ctx.cookies.get(cookieName);
    return cookie !== undefined && /^[A-Za-z0-9_-]{22}$/u.test(cookie) ? cookie : undefined;
  }

  return {
    token(ctx) {
      const state = ctx.state as { formCookie?: string };
      const cookie = cookieOf(ctx) ?? state.formCookie ?? randomId(16);
      if (cookieOf(ctx) === undefined && state.formCookie === undefined) {
        ctx.cookies.set(cookieName, cookie, { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' });
        state.formCookie = cookie;
      }
      return tokenOf(cookie);
    },
    verify(ctx, form) {
      const cookie = cookieOf(ctx);
      const sentBy = ctx.get('Origin');
      // The host is pinned before anything else: it is the issuer's, or another name of a demonstration.
      const fromElsewhere = sentBy !== '' && sentBy !== `${scheme}://${ctx.get('Host')}`;
      const site = ctx.get('Sec-Fetch-Site');
      const isOurs = !fromElsewhere && (site === '' || site === 'same-origin' || site === 'none');
      if (isOurs && cookie !== undefined && equalsInConstantTime(form.get('csrf'), tokenOf(cookie))) return;
      throw new AppError({
        code: 'http.csrf_failed',
        status: 403,
        publicMessage: 'Ce formulaire n’a pas été reconnu comme venant de votre navigateur.',
        hint: 'Rechargez la page puis recommencez. Les cookies doivent être acceptés.',
      });
    },
  };
}
