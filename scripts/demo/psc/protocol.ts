import { Router } from '@koa/router';
import type { Context } from 'koa';
import { readForm } from '../dcc/forms.ts';
import { choicePage, messagePage, sessionsPage } from './pages.ts';
import { userinfoOf, type PscPerson } from './people.ts';
import { isProvenBy, type PscClient, type PscRequest, type PscSession, type PscState } from './state.ts';
import type { PscTokens } from './tokens.ts';

export interface PscLogger {
  warn(data: object, message: string): void;
}

export interface ProtocolDeps {
  /** Without a trailing slash; its path is where everything is. */
  readonly issuer: string;
  readonly clients: readonly PscClient[];
  readonly people: readonly PscPerson[];
  readonly state: PscState;
  readonly tokens: PscTokens;
  readonly now: () => number;
  readonly logger: PscLogger;
}

const COOKIE = 'psc_simulated_session';
const LOGOUT_TIMEOUT_MS = 5_000;

/** The addresses of the real provider, below its issuer. */
const PATHS = {
  discovery: '/.well-known/wallet-openid-configuration',
  authorize: '/protocol/openid-connect/auth',
  token: '/protocol/openid-connect/token',
  userinfo: '/protocol/openid-connect/userinfo',
  keys: '/protocol/openid-connect/certs',
  logout: '/protocol/openid-connect/logout',
} as const;

/** What the simulated provider answers: the code flow with PKCE, userinfo, and logout in both directions. */
export function createProtocolRoutes(deps: ProtocolDeps): Router {
  const { issuer, clients, people, state, tokens, logger } = deps;
  const base = new URL(issuer).pathname;
  const router = new Router();

  const sessionOf = (ctx: Context) => state.sessions.get(ctx.cookies.get(COOKIE) ?? '');

  /** Also tells every relying party that it opened (OpenID Connect Back-Channel Logout 1.0 §2.5). */
  async function end(sid: string): Promise<void> {
    const found = state.sessions.all().find(([, session]) => session.sid === sid);
    const session = found && state.sessions.take(found[0]);
    if (!session) return;
    await Promise.all([...session.clients].map(client => tell(session, client)));
  }

  async function tell(session: PscSession, client: PscClient): Promise<void> {
    if (client.backchannelLogoutUri === undefined) return;
    try {
      const { status } = await fetch(client.backchannelLogoutUri, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: await tokens.logoutToken(session, client) }),
        signal: AbortSignal.timeout(LOGOUT_TIMEOUT_MS),
      });
      if (status !== 200) logger.warn({ client: client.id, status }, 'logout token not taken');
    } catch (error) {
      logger.warn({ client: client.id, error: String(error) }, 'logout token not delivered');
    }
  }

  function sendBack(ctx: Context, { redirectUri, state: sent }: PscRequest, answer: Record<string, string>) {
    const url = new URL(redirectUri);
    for (const [name, value] of Object.entries({ ...answer, state: sent, iss: issuer }))
      url.searchParams.set(name, value);
    ctx.redirect(url.href);
  }

  router.get(base + PATHS.discovery, ctx => {
    const at = (path: string) => issuer + path;
    ctx.body = {
      issuer,
      authorization_endpoint: at(PATHS.authorize),
      token_endpoint: at(PATHS.token),
      userinfo_endpoint: at(PATHS.userinfo),
      jwks_uri: at(PATHS.keys),
      end_session_endpoint: at(PATHS.logout),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'scope_all'],
      // As wrong as the real one: a party that believed it would never ask for eidas1.
      acr_values_supported: ['0', '1'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    };
  });

  router.get(base + PATHS.keys, ctx => {
    ctx.body = tokens.jwks;
  });

  router.get(base + PATHS.authorize, ctx => {
    const { searchParams } = ctx.URL;
    const get = (name: string) => searchParams.get(name) ?? '';
    const client = clients.find(({ id }) => id === get('client_id'));
    const redirectUri = get('redirect_uri');
    if (!client?.redirectUris.includes(redirectUri)) {
      ctx.status = 400;
      ctx.body = messagePage('Demande refusée', 'L’application ou son adresse de retour est inconnue ici.');
      return;
    }
    const request: PscRequest = {
      client,
      redirectUri,
      state: get('state'),
      nonce: get('nonce'),
      challenge: get('code_challenge'),
    };
    const isComplete =
      get('response_type') === 'code' &&
      get('scope').split(' ').includes('openid') &&
      get('acr_values') === 'eidas1' &&
      get('code_challenge_method') === 'S256' &&
      [request.state, request.nonce, request.challenge].every(value => value !== '');
    if (!isComplete) return sendBack(ctx, request, { error: 'invalid_request' });
    ctx.body = choicePage(state.requests.add(request), people, sessionOf(ctx));
  });

  router.post(base + PATHS.authorize, async ctx => {
    const form = await readForm(ctx);
    const request = state.requests.take(form.get('request') ?? '');
    if (!request) {
      ctx.status = 400;
      ctx.body = messagePage('Page périmée', 'Retournez à l’application et recommencez la connexion.');
      return;
    }
    const person = people.find(({ id }) => id === form.get('person'));
    if (!person || form.has('cancel')) return sendBack(ctx, request, { error: 'access_denied' });
    const running = sessionOf(ctx);
    const session = running?.person.id === person.id ? running : openSession(ctx, person);
    session.clients.add(request.client);
    sendBack(ctx, request, { code: state.codes.add({ request, session }), session_state: session.sid });
  });

  function openSession(ctx: Context, person: PscPerson): PscSession {
    const authTime = Math.floor(deps.now() / 1000);
    const session: PscSession = { sid: crypto.randomUUID(), person, authTime, clients: new Set() };
    ctx.cookies.set(COOKIE, state.sessions.add(session), { httpOnly: true, sameSite: 'lax', path: base });
    return session;
  }

  router.post(base + PATHS.token, async ctx => {
    const form = await readForm(ctx);
    const client = clientOf(ctx, form);
    ctx.set('cache-control', 'no-store');
    if (!client) return refuse(ctx, 401, 'invalid_client');
    if (form.get('grant_type') !== 'authorization_code') return refuse(ctx, 400, 'unsupported_grant_type');
    const found = state.codes.take(form.get('code') ?? '');
    const isProven =
      found?.request.client === client &&
      found.request.redirectUri === form.get('redirect_uri') &&
      isProvenBy(found.request.challenge, form.get('code_verifier') ?? '');
    if (!isProven) return refuse(ctx, 400, 'invalid_grant');
    ctx.body = {
      access_token: state.tokens.add(found.session),
      token_type: 'Bearer',
      expires_in: 120,
      scope: 'openid scope_all',
      session_state: found.session.sid,
      id_token: await tokens.idToken(found.session, found.request),
    };
  });

  function clientOf(ctx: Context, form: URLSearchParams): PscClient | undefined {
    const [, basic = ''] = /^Basic (\S+)$/iu.exec(ctx.get('authorization')) ?? [];
    const [user = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    const id = form.get('client_id') ?? decodeURIComponent(user);
    const shown = form.get('client_secret') ?? decodeURIComponent(secret);
    return clients.find(client => client.id === id && client.secret === shown);
  }

  router.get(base + PATHS.userinfo, ctx => {
    const [, token = ''] = /^Bearer (\S+)$/iu.exec(ctx.get('authorization')) ?? [];
    const session = state.tokens.get(token);
    if (!session) return refuse(ctx, 401, 'invalid_token');
    ctx.body = userinfoOf(session.person);
  });

  router.get(base + PATHS.logout, async ctx => {
    const { searchParams } = ctx.URL;
    const sid = await tokens.sidOf(searchParams.get('id_token_hint') ?? '');
    if (sid !== undefined) await end(sid);
    const returnTo = searchParams.get('post_logout_redirect_uri') ?? '';
    const isKnown = clients.some(({ postLogoutRedirectUris }) => postLogoutRedirectUris.includes(returnTo));
    // As the real one: the answer comes without the `state` that was sent.
    if (sid !== undefined && isKnown) return ctx.redirect(returnTo);
    ctx.body = messagePage('Déconnexion', 'Votre session est terminée.');
  });

  router.get('/', ctx => {
    ctx.body = sessionsPage(state.sessions.all().map(([, session]) => session));
  });

  router.post('/sessions/end', async ctx => {
    await end((await readForm(ctx)).get('sid') ?? '');
    ctx.redirect('/');
  });

  return router;
}

function refuse(ctx: Context, status: number, error: string): void {
  ctx.status = status;
  ctx.body = { error };
}
