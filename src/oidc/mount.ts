import type { EventEmitter } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Audit } from '#audit/index.ts';
import { parseForm, statusError } from '#http/index.ts';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { clientRefused, tokenIssued } from './events.ts';
import { failureOf } from './failures.ts';
import { FORM_PATH, methodsAt, OIDC_PATH, PAGE_PATH } from './paths.ts';
import type { ProviderPages } from './provider.ts';
import { readRelayForm, type RelayForm } from './relay.ts';
import { answerWhenDurable } from './request-writes.ts';
import type { TrousseauSession } from './session.ts';
import type { Sessions } from './sessions.ts';

/** Our own pages around the protocol; they render into the context of our shell. */
export interface OidcPages {
  error(ctx: Context, about: { error: string; description: string; cause: unknown }): Promise<void>;
  logout(ctx: Context, form: { action: string; xsrf: string; isAsked: boolean }): Promise<void>;
  loggedOut(ctx: Context, clientName: string | null): Promise<void>;
  /** A form that sends the browser on by POST. */
  relay(ctx: Context, form: RelayForm): Promise<void>;
}

/** The address by which the browser ends a session elsewhere and goes on to `returnTo`; `undefined`: there is none. */
export type LeaveBy = (origins: readonly string[], returnTo: string) => Promise<string | undefined>;

export interface Mount {
  /** Our middleware: hands the protocol's paths to whatever provider is current. */
  middleware(provider: () => Provider): Middleware;
  /** Puts the trail and the activity of sessions around a provider's own handling. */
  attach(provider: Provider): Provider;
  readonly providerPages: ProviderPages;
}

/** Endpoints of machines, whose refusals are recorded. */
const CLIENT_ROUTES = new Set(['token', 'introspection', 'revocation', 'pushed_authorization_request']);

/** The same request by the address, which brings the cookies. */
async function askAgain(ctx: Context): Promise<void> {
  const form = await parseForm(ctx, { maxBytes: 64 * 1024, maxValue: 8 * 1024 });
  ctx.status = 303;
  ctx.redirect(`${ctx.path}?${new URLSearchParams([...form.entries()])}`);
}

/** How oidc-provider, a Koa application of its own, sits below our shell. */
export function createMount(deps: {
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly pages: OidcPages;
  /** Where a sign-out goes on first, for a session that came from one elsewhere. */
  readonly leaveBy: LeaveBy;
  readonly onError: (error: unknown, about: string) => void;
  /** False where oidc-provider takes no form: it is asked again by the address. */
  readonly takesForms: boolean;
}): Mount {
  const { audit, sessions, pages, leaveBy, onError, takesForms } = deps;
  /** The shell's context of a request that oidc-provider answers: both share one response. */
  const shells = new WeakMap<IncomingMessage, Context>();
  /** The headers of every answer, as the shell has set them before oidc-provider adds its own. */
  const shellHeaders = new WeakMap<IncomingMessage, OutgoingHttpHeaders>();
  const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();

  async function onShell(ctx: KoaContextWithOIDC, render: (shell: Context) => Promise<void>): Promise<void> {
    const shell = shells.get(ctx.req);
    if (!shell) throw new TypeError('oidc-provider answered a request that the shell has not seen');
    const { status } = ctx;
    await render(shell);
    ctx.status = status;
    ctx.type = 'html';
    ctx.body = shell.body;
  }

  /** SECURITY: no token leaves before its event is durable. */
  async function recordTokens(ctx: KoaContextWithOIDC): Promise<void> {
    const { AccessToken, ClientCredentials, Client } = ctx.oidc.entities;
    const token = AccessToken ?? ClientCredentials;
    if (!token) return;
    await audit.record(tokenIssued, {
      ...(AccessToken?.accountId === undefined ? {} : { account: AccessToken.accountId }),
      ...(Client ? { client: Client.clientId, actor: `client:${Client.clientId}` } : {}),
      outcome: 'success',
      data: { grant: String(ctx.oidc.params?.['grant_type']), scope: token.scope ?? '' },
    });
  }

  async function recordRefusal(ctx: KoaContextWithOIDC, route: string): Promise<void> {
    const { error } = (ctx.body ?? {}) as { error?: string };
    const client = ctx.oidc.entities.Client?.clientId;
    await audit.record(clientRefused, {
      ...(client === undefined ? {} : { client, actor: `client:${client}` }),
      outcome: 'refused',
      data: { endpoint: route, error: error ?? 'unknown' },
    });
  }

  /** A session that was signed out takes the one that it came from with it, on the way to where the sign-out leads. */
  async function leaveElsewhere(ctx: KoaContextWithOIDC): Promise<void> {
    const session = ctx.oidc.session as (TrousseauSession & { readonly destroyed?: boolean }) | undefined;
    const returnTo = ctx.response.get('Location');
    if (!session?.destroyed || !session.origins || returnTo === '') return;
    const address = await leaveBy(session.origins, returnTo);
    if (address !== undefined) ctx.redirect(address);
  }

  /** What a request of the protocol leaves behind, before it is answered. */
  async function followUp(ctx: KoaContextWithOIDC): Promise<void> {
    const route = ctx.oidc?.route;
    if (route === undefined) return;
    const relay = readRelayForm(ctx.body);
    if (relay) await onShell(ctx, shell => pages.relay(shell, relay));
    if (CLIENT_ROUTES.has(route) && ctx.status >= 400 && ctx.status < 500) await recordRefusal(ctx, route);
    if (route === 'end_session_confirm') await leaveElsewhere(ctx);
    if (ctx.status !== 200) return;
    // What an application does with its tokens is activity of the person (trap 7).
    const uid = ctx.oidc.entities.AccessToken?.sessionUid;
    await Promise.all([
      route === 'token' ? recordTokens(ctx) : undefined,
      uid === undefined ? undefined : sessions.touch(uid),
    ]);
  }

  /** In place of oidc-provider's answer and of Koa's: OAuth JSON for machines, our page for people, our headers for both. */
  async function answerFailure(ctx: KoaContextWithOIDC, cause: unknown): Promise<void> {
    const { status, error, description, retryAfterSeconds, isOurs } = failureOf(cause);
    if (isOurs)
      onError(cause, `the protocol failed (${ctx.oidc?.route}, request ${ctx.response.get('X-Request-ID')})`);
    // What did not happen leaves neither a cookie nor an address to go to.
    const kept = shellHeaders.get(ctx.req) ?? {};
    for (const name of ctx.res.getHeaderNames()) if (kept[name] === undefined) ctx.remove(name);
    for (const [name, value] of Object.entries(kept)) if (value !== undefined) ctx.res.setHeader(name, value);
    ctx.status = status;
    if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
    if (PAGE_PATH.test(ctx.path))
      await onShell(ctx, shell => pages.error(shell, { error, description, cause }));
    else ctx.body = { error, error_description: description };
  }

  return {
    middleware: provider => async (ctx, next) => {
      if (!OIDC_PATH.test(ctx.path)) return next();
      const methods = methodsAt(ctx.path);
      if (ctx.method !== 'OPTIONS' && !methods.includes(ctx.method)) {
        ctx.set('Allow', methods.join(', '));
        throw statusError(405);
      }
      if (!takesForms && ctx.method === 'POST' && FORM_PATH.test(ctx.path)) return askAgain(ctx);
      shells.set(ctx.req, ctx);
      shellHeaders.set(ctx.req, ctx.res.getHeaders());
      // The provider answers on the shared response; the shell has set its headers already.
      ctx.respond = false;
      await callbacks.get(provider())?.(ctx.req, ctx.res);
    },

    attach(provider) {
      /** What a handler threw, which oidc-provider has answered already, in its own way. */
      const thrown = new WeakMap<IncomingMessage, Error>();
      provider.on('server_error', (ctx, error) => void thrown.set(ctx.req, error));
      (provider as EventEmitter).on('error', (error: unknown) =>
        onError(error, 'an answer of the protocol was cut off'),
      );
      provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
        try {
          await answerWhenDurable(next, () => {
            const error = thrown.get(ctx.req);
            return error ? Promise.reject(error) : followUp(ctx);
          });
        } catch (error) {
          await answerFailure(ctx, error);
        }
      });
      callbacks.set(provider, provider.callback());
      return provider;
    },

    providerPages: {
      error: (ctx, out, cause) =>
        onShell(ctx, shell =>
          pages.error(shell, { error: out.error, description: out.error_description ?? '', cause }),
        ),
      logout: (ctx, form) => onShell(ctx, shell => pages.logout(shell, form)),
      loggedOut: ctx => {
        // oidc-provider leaves Koa's first status, 404, until there is a body.
        ctx.status = 200;
        return onShell(ctx, shell => pages.loggedOut(shell, ctx.oidc.client?.clientName ?? null));
      },
    },
  };
}
