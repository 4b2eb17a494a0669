import type { Context } from 'koa';
import type { PasswordLink, PasswordLinks } from './links.ts';

/** The shape of our tokens: anything else is not looked for. */
const TOKEN = /^[\w-]{43}$/u;

export const isToken = (text: string) => TOKEN.test(text);

/** Which link a browser holds: its cookie ends with the browser, and never leaves this service. */
export interface Browsers {
  tokenOf(ctx: Context): string | null;
  linkOf(ctx: Context): Promise<PasswordLink | null>;
  keep(ctx: Context, token: string): void;
  forget(ctx: Context): void;
}

export function createBrowsers(deps: {
  readonly links: PasswordLinks;
  /** True when the service is reached over https. */
  readonly isSecure: boolean;
}): Browsers {
  const { links, isSecure } = deps;
  const name = isSecure ? '__Host-trousseau_forgotten' : 'trousseau_forgotten';
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/', overwrite: true } as const;

  function tokenOf(ctx: Context): string | null {
    const token = ctx.cookies.get(name);
    return token !== undefined && isToken(token) ? token : null;
  }

  return {
    tokenOf,
    async linkOf(ctx) {
      const token = tokenOf(ctx);
      return token === null ? null : links.ofBrowser(token);
    },
    keep: (ctx, token) => void ctx.cookies.set(name, token, options),
    forget: ctx => void ctx.cookies.set(name, null, options),
  };
}
