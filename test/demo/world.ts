import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { interactionPolicy, Provider, type KoaContextWithOIDC } from 'oidc-provider';
import { startDemoDcc } from '../../scripts/demo/dcc/index.ts';
import { createMapAdapter } from './map-adapter.ts';

/** A question as the decision point received it. */
export interface Question {
  readonly subject: { readonly id: string };
  /** Absent from a search for actions. */
  readonly action?: { readonly name: string };
  readonly resource: { readonly type: string; readonly id: string; readonly properties?: object };
  readonly context: { readonly sid?: string };
}

/** What a test may change while the world runs. */
export interface Script {
  /** What the provider says the next sign-ins reached, or the error it answers with. */
  acr: string;
  error: string | undefined;
  decide: (question: Question) => object;
  /** The status of the decision point; anything but 200 is an outage. */
  pdpStatus: number;
  /** What becomes of the answers of a batch on their way. */
  reshape: (answers: readonly object[]) => readonly object[];
  /** The keys that the provider publishes, when they are not its own. */
  publishedKeys: readonly JWK[] | undefined;
}

export interface World {
  readonly issuer: string;
  readonly dcc: { readonly url: string };
  readonly script: Script;
  /** The DCC's clock; the provider keeps the machine's. */
  readonly clock: ShiftedClock;
  readonly questions: Question[];
  readonly authorizations: (string | undefined)[];
  readonly lines: string[];
  /** A logout token as the provider would sign it, with claims and header changed; `undefined` leaves one out. */
  logoutToken(claims?: object, header?: object, key?: CryptoKey): Promise<string>;
  close(): Promise<void>;
}

export const CLIENT = { id: 'dcc', secret: 'a secret: with + odd % characters' };
export const INTEROP_CLIENT = {
  id: 'interop',
  secret: 'a secret for the tests only',
  redirectUri: 'http://127.0.0.1:9/callback',
  postLogoutRedirectUri: 'http://127.0.0.1:9/signed-out',
};
export const SERVICE_CLIENT = {
  id: 'batch',
  secret: 'another secret for the tests',
  scope: 'access:evaluate',
};
export const SUBJECT = 'acc-claire';
export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** A provider (oidc-provider, in memory, nobody to ask) and a decision point on one port, and the DCC on another. */
export async function startWorld(): Promise<World> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const script: Script = {
    acr: 'urn:trousseau:acr:code',
    error: undefined,
    decide: () => ({ decision: true, context: { id: 'd-1', reason_code: 'permitted_party' } }),
    pdpStatus: 200,
    reshape: answers => answers,
    publishedKeys: undefined,
  };
  const clock = createShiftedClock();
  const questions: Question[] = [];
  const authorizations: (string | undefined)[] = [];
  const lines: string[] = [];
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const note = (data: object, message: string) => void lines.push(JSON.stringify({ ...data, message }));
  const dcc = await startDemoDcc({
    issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    host: '127.0.0.1',
    port: 0,
    now: () => clock.nowMs(),
    logger: { info: note, warn: note },
  });
  const provider = createProvider(issuer, dcc.url, jwk);
  const oidc = provider.callback();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname.startsWith('/access/v1/')) {
      answerQuestions(url.pathname, await readBody(request), request, response);
    } else if (url.pathname === '/jwks' && script.publishedKeys !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: script.publishedKeys }));
    } else if (url.pathname === '/outbox.json') {
      response.end('[]');
    } else if (url.pathname === '/interaction') {
      const { params } = await provider.interactionDetails(request, response);
      authorizations.push(typeof params.acr_values === 'string' ? params.acr_values : undefined);
      const result =
        script.error === undefined
          ? { login: { accountId: SUBJECT, acr: script.acr, amr: ['pwd'] }, consent: await grant(params) }
          : { error: script.error };
      await provider.interactionFinished(request, response, result);
    } else await oidc(request, response);
  }

  async function grant(params: Readonly<Record<string, unknown>>) {
    const made = new provider.Grant({ accountId: SUBJECT, clientId: String(params.client_id) });
    made.addOIDCScope('openid profile offline_access');
    return { grantId: await made.save() };
  }

  function answerQuestions(
    path: string,
    body: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const expected = [CLIENT.id, CLIENT.secret].map(encodeURIComponent).join(':');
    const authentic = request.headers.authorization === `Basic ${Buffer.from(expected).toString('base64')}`;
    const asked = JSON.parse(body) as Question & { evaluations?: Partial<Question>[] };
    const items = path.endsWith('s')
      ? (asked.evaluations ?? []).map(item => ({ ...asked, ...item }))
      : [asked];
    questions.push(...items);
    if (path === '/access/v1/search/action') {
      const results = ['read', 'write']
        .map(name => ({ name }))
        .filter(action => isPermit(script.decide({ ...asked, action })));
      response.writeHead(authentic ? script.pdpStatus : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ page: { next_token: '' }, results }));
      return;
    }
    const answers = items.map(item => script.decide(item));
    response.writeHead(authentic ? script.pdpStatus : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(path.endsWith('s') ? { evaluations: script.reshape(answers) } : answers[0]));
  }

  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  return {
    issuer,
    dcc,
    script,
    clock,
    questions,
    authorizations,
    lines,
    async logoutToken(claims = {}, header = {}, key = privateKey) {
      const now = clock.now();
      const base: JWTPayload = {
        iss: issuer,
        aud: CLIENT.id,
        iat: now,
        exp: now + 120,
        jti: crypto.randomUUID(),
        sub: SUBJECT,
        events: { [LOGOUT_EVENT]: {} },
      };
      const payload = JSON.parse(JSON.stringify({ ...base, ...claims })) as JWTPayload;
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'logout+jwt', ...header })
        .sign(key);
    },
    async close() {
      await dcc.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const isPermit = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'decision' in answer && answer.decision === true;

function createProvider(issuerUrl: string, dccUrl: string, key: JWK): Provider {
  return new Provider(issuerUrl, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${dccUrl}/callback`],
        post_logout_redirect_uris: [`${dccUrl}/signed-out`],
        backchannel_logout_uri: `${dccUrl}/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
      {
        client_id: INTEROP_CLIENT.id,
        client_secret: INTEROP_CLIENT.secret,
        redirect_uris: [INTEROP_CLIENT.redirectUri],
        post_logout_redirect_uris: [INTEROP_CLIENT.postLogoutRedirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        // Only so that its ID tokens carry a sid.
        backchannel_logout_uri: `${dccUrl}/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
      {
        client_id: SERVICE_CLIENT.id,
        client_secret: SERVICE_CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['openid', 'offline_access', SERVICE_CLIENT.scope],
    rotateRefreshToken: true,
    adapter: createMapAdapter(),
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      Grant: 600,
      RefreshToken: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    jwks: { keys: [key] },
    cookies: { keys: ['a key for the tests only'] },
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], profile: ['given_name', 'family_name'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx: KoaContextWithOIDC, form: string) => {
          ctx.body = form.replace('</form>', '<input type="hidden" name="logout" value="yes"/></form>');
        },
      },
    },
    interactions: { url: () => '/interaction', policy: createPolicy() },
    acrValues: ['urn:trousseau:acr:code', 'urn:trousseau:acr:mfa'],
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, given_name: 'Claire', family_name: 'Dupont' }),
    }),
  });
}

/** Asks for a sign-in again, once, when another level is wished for than the session's. */
function createPolicy() {
  const policy = interactionPolicy.base();
  policy.get('login')?.checks.add(
    new interactionPolicy.Check('acr_wished', 'another level is wished for', ctx => {
      const { params, session, result } = ctx.oidc;
      return result === undefined && params?.acr_values !== undefined && params.acr_values !== session?.acr;
    }),
  );
  return policy;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
