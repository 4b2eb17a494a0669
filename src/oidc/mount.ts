import type { IncomingMessage } from 'node:http';
import type { Audit } from '#audit/index.ts';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { clientRefused, tokenIssued } from './events.ts';
import type { ProviderPages } from './provider.ts';
import { readRelayForm, type RelayForm } from './relay.ts';
import { answerWhenDurable } from './request-writes.ts';
import type { Sessions } from './sessions.ts';

/** Our own pages around the protocol; they render into the context of our shell. */
export interface OidcPages {
  error(ctx: Context, about: { error: string; description: string; cause: Error }): Promise<void>;
  logout(ctx: Context, form: { action: string; xsrf: string; isAsked: boolean }): Promise<void>;
  loggedOut(ctx: Context, clientName: string | null): Promise<void>;
  /** A form that sends the browser on by POST. */
  relay(ctx: Context, form: RelayForm): Promise<void>;
}

export interface Mount {
  /** Our middleware: hands the protocol's paths to whatever provider is current. */
  middleware(provider: () => Provider): Middleware;
  /** Puts the trail and the activity of sessions around a provider's own handling. */
  attach(provider: Provider): Provider;
  readonly providerPages: ProviderPages;
}

/** Exactly the paths of `routes` in provider.ts: what is not the protocol's is answered by our own 404. */
const OIDC_PATH =
  /^\/(?:oidc\/(?:authorize(?:\/[\w-]+)?|token|userinfo|jwks|introspect|revoke|par)|logout(?:\/(?:confirm|success))?|\.well-known\/(?:openid-configuration|oauth-authorization-server))$/u;
/** Endpoints of machines, whose refusals are recorded. */
const CLIENT_ROUTES = new Set(['token', 'introspection', 'revocation', 'pushed_authorization_request']);

/** How oidc-provider, a Koa application of its own, sits below our shell. */
export function createMount(deps: {
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly pages: OidcPages;
}): Mount {
  const { audit, sessions, pages } = deps;
  /** The shell's context of a request that oidc-provider answers: both share one response. */
  const shells = new WeakMap<IncomingMessage, Context>();
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

  /** What a request of the protocol leaves behind, before it is answered. */
  async function followUp(ctx: KoaContextWithOIDC): Promise<void> {
    const route = ctx.oidc?.route;
    if (route === undefined) return;
    const relay = readRelayForm(ctx.body);
    if (relay) await onShell(ctx, shell => pages.relay(shell, relay));
    if (CLIENT_ROUTES.has(route) && ctx.status >= 400 && ctx.status < 500) await recordRefusal(ctx, route);
    if (ctx.status !== 200) return;
    // What an application does with its tokens is activity of the person (trap 7).
    const uid = ctx.oidc.entities.AccessToken?.sessionUid;
    await Promise.all([
      route === 'token' ? recordTokens(ctx) : undefined,
      uid === undefined ? undefined : sessions.touch(uid),
    ]);
  }

  return {
    middleware: provider => async (ctx, next) => {
      if (!OIDC_PATH.test(ctx.path)) return next();
      shells.set(ctx.req, ctx);
      // The provider answers on the shared response; the shell has set its headers already.
      ctx.respond = false;
      await callbacks.get(provider())?.(ctx.req, ctx.res);
    },

    attach(provider) {
      provider.use((ctx: KoaContextWithOIDC, next: () => Promise<void>) =>
        answerWhenDurable(next, () => followUp(ctx)),
      );
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
