/**
 * Signs somebody in to the demonstration that runs here, as the demo DCC would, and prints what an application keeps of
 * it: `ACCOUNT=<sub>` and `SID=<sid>`. For trying questions by hand (docs/integrer-une-application.md).
 * Usage: node scripts/interop/demo-session.ts [LOGIN] [data/demo.json]
 */
import { readFile } from 'node:fs/promises';
import * as client from 'openid-client';
import { createBrowserless } from './browserless.ts';
import { signIn } from './sign-in.ts';

/** What is used here of the file that a demonstration writes for scripts (contract §4). */
interface DemoFile {
  readonly issuer: string;
  readonly outbox: string;
  readonly accounts: readonly { readonly login: string; readonly password: string }[];
  readonly clients: readonly {
    readonly client_id: string;
    readonly client_secret: string;
    readonly redirect_uris: readonly string[];
  }[];
}

const [login = 'claire.dupont', file = 'data/demo.json'] = process.argv.slice(2);
const { issuer, outbox, accounts, clients } = JSON.parse(await readFile(file, 'utf8')) as DemoFile;
const person = accounts.find(account => account.login === login);
const application = clients.find(({ client_id: id }) => id === 'dcc');
const [redirectUri] = application?.redirect_uris ?? [];
if (person === undefined || application === undefined || redirectUri === undefined)
  throw new Error(`${file} knows no ${login}, or no application dcc`);

const { client_id: clientId, client_secret: secret } = application;
const config = await client.discovery(new URL(issuer), clientId, secret, client.ClientSecretBasic(secret), {
  execute: [client.allowInsecureRequests],
});
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
const start = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: 'openid',
  state: expectedState,
  nonce: expectedNonce,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
});
// The code is redeemed here: the demo DCC itself is not visited.
const { url } = await signIn(createBrowserless(), start, person, {
  outboxUrl: `${outbox}.json`,
  stopAt: redirectUri,
});
const checks = { expectedState, expectedNonce, pkceCodeVerifier, idTokenExpected: true };
const claims = (await client.authorizationCodeGrant(config, url, checks)).claims();
console.log(`ACCOUNT=${claims?.sub}\nSID=${String(claims?.['sid'])}`);
