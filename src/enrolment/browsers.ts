import type { Http } from '#http/index.ts';
import type { Context } from 'koa';
import type { AccountRequest } from './request.ts';
import type { Requests } from './requests.ts';

/** The request that a browser has open: its cookie holds a link, and ends with the browser. */
export interface Browsers {
  find(ctx: Context): Promise<AccountRequest | null>;
  /** The same for a page that needs one: a GET without it goes to the first page, as does an outdated form. */
  require(ctx: Context, show: (request: AccountRequest) => Promise<void>): Promise<void>;
  keep(ctx: Context, token: string): void;
  /** Forgets it on this browser, and ends the link. */
  leave(ctx: Context): Promise<void>;
}

const TOKEN = /^[\w-]{43}$/u;

export function createBrowsers(deps: {
  readonly http: Http;
  readonly requests: Requests;
  readonly isSecure: boolean;
}): Browsers {
  const { http, requests, isSecure } = deps;
  const cookieName = isSecure ? '__Host-trousseau_request' : 'trousseau_request';
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/', overwrite: true } as const;

  function tokenOf(ctx: Context): string | null {
    const token = ctx.cookies.get(cookieName);
    return token !== undefined && TOKEN.test(token) ? token : null;
  }

  async function find(ctx: Context): Promise<AccountRequest | null> {
    const token = tokenOf(ctx);
    return token === null ? null : requests.ofToken(token);
  }

  return {
    find,
    async require(ctx, show) {
      const request = await find(ctx);
      await (request ? show(request) : http.redirect(ctx, '/request'));
    },
    keep(ctx, token) {
      ctx.cookies.set(cookieName, token, options);
    },
    async leave(ctx) {
      const token = tokenOf(ctx);
      const request = await find(ctx);
      if (request && token !== null) await requests.unlink(request.id, token);
      ctx.cookies.set(cookieName, null, options);
    },
  };
}
