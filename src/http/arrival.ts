import { isIP } from 'node:net';
import { AppError } from '#kernel/index.ts';
import type { Context, Middleware } from 'koa';

export interface ArrivalDeps {
  /** The public address: scheme, host and port. */
  readonly issuer: string;
  /** Other `Host` values that are this very service. */
  readonly otherHosts: readonly string[];
  /** How many declared proxies stand in front; 0: their headers are not believed. */
  readonly proxyHops: number;
}

/**
 * SECURITY: what a request says about where it comes from and whom it is for is checked once, here, and then
 * rewritten into what is true. Koa and oidc-provider (a Koa of its own below us) derive addresses, schemes and
 * callers from these headers (trap 1); below this line they may believe them.
 *
 * Throws `http.bad_address` (400) and `http.wrong_host` (421); sends people on another name, or in clear text, to
 * the public address.
 */
export function receive({ issuer, otherHosts, proxyHops }: ArrivalDeps): Middleware {
  const own = new URL(issuer);
  const allowed = new Set([own.host, ...otherHosts].map(host => host.toLowerCase()));
  const scheme = own.protocol.slice(0, -1);

  return async (ctx, next) => {
    const { headers } = ctx.req;
    const { source, proto } = seenBy(ctx, proxyHops);
    (ctx.state as { source?: string }).source = source;
    headers['x-forwarded-for'] = source;
    headers['x-forwarded-proto'] = scheme;
    delete headers['x-forwarded-host'];
    delete headers['forwarded'];

    // An absolute address would override the host, and `//host` or `/\host` would leave the site in a redirect.
    if (!/^\/(?![/\\])[\x21-\x7e]*$|^\/$/u.test(ctx.req.url ?? '') || /%00/u.test(ctx.path))
      throw badAddress();

    const host = headers.host?.toLowerCase() ?? '';
    // SPEC: RFC 9112 §3.2: two Host fields are refused; a proxy may have believed the other one.
    if (!allowed.has(host) || isSentTwice(ctx.req.rawHeaders, 'host')) throw wrongHost();
    const isElsewhere = host !== own.host || (proto !== undefined && proto !== scheme);
    if (isElsewhere && isPageRequest(ctx)) {
      // Cookies belong to one name: a person who starts on another one would have to sign in twice.
      ctx.status = 307;
      ctx.redirect(`${own.origin}${ctx.req.url}`);
      ctx.status = 307;
      return;
    }
    if (proto !== undefined && proto !== scheme) throw wrongHost();
    await next();
  };
}

/** The address of the caller: the socket's, or the one that the declared proxies saw. */
export function sourceOf(ctx: Context): string {
  return (ctx.state as { source?: string }).source ?? '';
}

/** The address of the caller and the scheme that it used, as far as the declared proxies vouch for them. */
function seenBy(ctx: Context, proxyHops: number): { source: string; proto?: string } {
  const socket = plainAddress(ctx.req.socket.remoteAddress ?? '');
  if (proxyHops === 0) return { source: socket };
  const proto = entryAt(ctx.get('X-Forwarded-Proto'), proxyHops)?.toLowerCase();
  const forwarded = plainAddress(withoutPort(entryAt(ctx.get('X-Forwarded-For'), proxyHops) ?? ''));
  return {
    source: isIP(forwarded) ? forwarded : socket,
    ...(proto === undefined ? {} : { proto }),
  };
}

/** Each proxy appends what it saw: with `hops` of ours, the entry that the outermost one wrote. What stands before it is hearsay. */
function entryAt(list: string, hops: number): string | undefined {
  const entries = list
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '');
  return entries.slice(-hops)[0];
}

/** Some proxies write the port too: `203.0.113.9:5678`, `[2001:db8::7]:5678`. A bare IPv6 address has colons of its own. */
function withoutPort(entry: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/u.exec(entry) ?? [];
  return bracketed ?? dotted ?? entry;
}

function isSentTwice(rawHeaders: readonly string[], name: string): boolean {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i];
    if (raw !== undefined && raw.length === name.length && raw.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/u, '');
}

function isPageRequest(ctx: Context): boolean {
  return (ctx.method === 'GET' || ctx.method === 'HEAD') && ctx.get('Accept').includes('text/html');
}

function badAddress(): AppError {
  return new AppError({
    code: 'http.bad_address',
    status: 400,
    publicMessage: 'Cette adresse n’est pas lisible.',
    hint: 'Vérifiez l’adresse, ou revenez à l’accueil.',
  });
}

function wrongHost(): AppError {
  return new AppError({
    code: 'http.wrong_host',
    status: 421,
    publicMessage: 'Cette adresse n’est pas celle du service.',
  });
}
