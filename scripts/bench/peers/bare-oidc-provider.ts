/**
 * The peer of the benchmarks: oidc-provider alone, in memory, with the least that makes the same flows work (the same
 * client and key size, a password hashed at the same cost in the same pool, a mailed code). No database, no audit, no
 * attempt caps, no CSRF, no security headers, no decision on who may open what.
 *
 * `node bare-oidc-provider.ts ACCOUNTS`: prints `listening on PORT`, and mails like the product's console channel.
 */
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createHasher } from '#accounts/index.ts';
import Provider, { type Configuration, type JWK } from 'oidc-provider';
import { CLIENT, HASHING, PASSWORD, benchAccounts } from '../harness/subject.ts';
import { createMapAdapterFactory } from './map-adapter.ts';

const accounts = new Map(benchAccounts(Number(process.argv[2])).map(account => [account.login, account]));
const hasher = createHasher(HASHING);
const passwordHash = await hasher.hash(PASSWORD);
/** By interaction: who has shown the password, and the code that was sent. */
const pending = new Map<string, { accountId: string; code: string }>();

const server = createServer();
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (address === null || typeof address === 'string') throw new TypeError('no port was given');
const provider = new Provider(`http://localhost:${address.port}`, configuration());
const answer = provider.callback();
server.on('request', (req, res) => {
  const isPage = req.url?.startsWith('/interaction/') === true;
  void (isPage ? interact(req, res).catch(error => fail(res, error)) : answer(req, res));
});
console.log(`listening on ${address.port}`);

function configuration(): Configuration {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'RS256' } as JWK;
  return {
    adapter: createMapAdapterFactory(),
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [CLIENT.redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code'],
        scope: CLIENT.scopes.join(' '),
      },
    ],
    jwks: { keys: [key] } as NonNullable<Configuration['jwks']>,
    cookies: { keys: ['bench'], long: { signed: true }, short: { signed: true } },
    scopes: [...CLIENT.scopes],
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      Grant: 43_200,
      IdToken: 600,
      Interaction: 3600,
      RefreshToken: 43_200,
      Session: 43_200,
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    async findAccount(_ctx, accountId) {
      const claims = { sub: accountId, name: 'Prénom Nom', given_name: 'Prénom', family_name: 'Nom' };
      return { accountId, claims: async () => claims };
    },
    async loadExistingGrant({ oidc: { client, session } }) {
      if (!client || session?.accountId === undefined) return undefined;
      const grantId = session.grantIdFor(client.clientId);
      if (grantId !== undefined) return provider.Grant.find(grantId);
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope('openid profile offline_access');
      await grant.save();
      return grant;
    },
    rotateRefreshToken: true,
  };
}

/** Two forms after each other, as the product's: login and password, then the code. */
async function interact(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { uid } = await provider.interactionDetails(req, res);
  const begun = pending.get(uid);
  if (req.method === 'GET') return show(res, begun ? 'code' : 'identify');
  const form = await readForm(req);
  if (!begun) {
    const account = accounts.get(form.get('login') ?? '');
    const isRight = await hasher.verify(passwordHash, form.get('password') ?? '');
    if (!account || !isRight) return fail(res, new Error('refused'));
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    pending.set(uid, { accountId: account.sub, code });
    process.stderr.write(`--- ${account.email}\n\n    ${code}\n---\n`);
    res.writeHead(303, { location: `/interaction/${uid}` }).end();
    return;
  }
  if (form.get('code') !== begun.code) return fail(res, new Error('refused'));
  pending.delete(uid);
  await provider.interactionFinished(req, res, { login: { accountId: begun.accountId }, consent: {} });
}

function show(res: ServerResponse, step: 'identify' | 'code'): void {
  const names = step === 'code' ? ['code'] : ['login', 'password'];
  const inputs = names.map(name => `<label for="${name}">${name}</label><input id="${name}" name="${name}">`);
  res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  res.end(
    `<!doctype html><title>Sign in</title><form id="${step}" method="post">${inputs.join('')}<button>OK</button></form>`,
  );
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function fail(res: ServerResponse, error: unknown): void {
  const isBusy = (error as { status?: number }).status === 503;
  res.writeHead(isBusy ? 503 : 400, { 'content-type': 'text/plain' }).end(String(error));
}
