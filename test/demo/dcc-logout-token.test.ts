import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { decodeJwt, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { createBrowserless, type Browserless } from '../../scripts/interop/browserless.ts';
import { LOGOUT_EVENT, startWorld, type World } from './world.ts';

const now = () => systemClock.now();

describe('OIDC Back-Channel Logout 1.0 at the demo DCC', () => {
  let world: World;
  let visitor: Browserless;
  let sid: string;

  beforeEach(async () => {
    world = await startWorld();
    visitor = createBrowserless();
    await visitor.get(`${world.dcc.url}/records/2026-0101`);
    sid = world.questions.at(-1)?.context.sid ?? '';
  });
  afterEach(() => world.close());

  async function deliver(token: string): Promise<number> {
    const body = new URLSearchParams({ logout_token: token });
    const response = await fetch(`${world.dcc.url}/backchannel-logout`, { method: 'POST', body });
    expect(response.headers.get('cache-control')).to.equal('no-store');
    return response.status;
  }

  async function isSignedIn(): Promise<boolean> {
    const page = await visitor.get(`${world.dcc.url}/patients`, { stopAt: world.issuer });
    return page.url.origin !== world.issuer;
  }

  it('§2.7: a token with the sid ends that session', async () => {
    expect(await deliver(await world.logoutToken({ sid }))).to.equal(204);
    expect(await isSignedIn()).to.be.false;
  });

  it('§2.7: a token with the sid alone ends that session', async () => {
    expect(await deliver(await world.logoutToken({ sid, sub: undefined }))).to.equal(204);
    expect(await isSignedIn()).to.be.false;
  });

  it('§2.7: a token with the sub alone ends every session of the account', async () => {
    const other = createBrowserless();
    await other.get(`${world.dcc.url}/patients`);
    expect(await deliver(await world.logoutToken())).to.equal(204);
    expect(await isSignedIn()).to.be.false;
    visitor = other;
    expect(await isSignedIn()).to.be.false;
  });

  it('§2.7: a token for another session or account is accepted and ends nothing here', async () => {
    expect(await deliver(await world.logoutToken({ sid: 'another' }))).to.equal(204);
    expect(await deliver(await world.logoutToken({ sub: 'acc-marc' }))).to.equal(204);
    expect(await deliver(await world.logoutToken({ sid, sub: 'acc-marc' }))).to.equal(204);
    expect(await isSignedIn()).to.be.true;
  });

  const FORGED: readonly (readonly [string, object, object?])[] = [
    ['another issuer', { iss: 'https://evil.example' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'another-client' }],
    ['no audience', { aud: undefined }],
    ['no iat', { iat: undefined }],
    ['an iat in the future', { iat: now() + 600, exp: now() + 900 }],
    ['an iat long past', { iat: now() - 3600 }],
    ['no exp', { exp: undefined }],
    ['an exp that has passed', { iat: now() - 200, exp: now() - 100 }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is not a text', { jti: 1 }],
    ['a nonce', { nonce: 'n' }],
    ['an empty nonce', { nonce: '' }],
    ['no events', { events: undefined }],
    ['events without the logout event', { events: { 'https://example/other': {} } }],
    ['events as a list', { events: [LOGOUT_EVENT] }],
    ['an event that is not an object', { events: { [LOGOUT_EVENT]: true } }],
    ['an event that is a list', { events: { [LOGOUT_EVENT]: [] } }],
    ['neither sid nor sub', { sub: undefined, sid: undefined }],
    ['an empty sub', { sub: '', sid: undefined }],
    ['a sid that is not a text', { sid: [''] }],
    ['the type of another token', {}, { typ: 'JWT' }],
    ['no type', {}, { typ: undefined }],
    ['an unknown key id', {}, { kid: 'k9' }],
  ];
  it('§2.6: refuses every forged or stale token, and the session goes on', async () => {
    for (const [what, claims, header] of FORGED) {
      const token = await world.logoutToken({ sid, ...claims }, header);
      expect(await deliver(token), what).to.equal(400);
    }
    expect(await isSignedIn()).to.be.true;
  });

  it('§2.6: refuses a signature by another key, none, an HMAC with the public key, and no token', async () => {
    const payload = decodeJwt(await world.logoutToken({ sid }));
    const { privateKey } = await generateKeyPair('RS256');
    const jwks = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: JWK[] };
    const publicKey = await importJWK(jwks.keys[0] ?? {}, 'RS256', { extractable: true });
    const pem = new TextEncoder().encode(publicKey instanceof Uint8Array ? '' : await exportSPKI(publicKey));
    const header = { alg: 'HS256', kid: 'k1', typ: 'logout+jwt' };
    const valid = await world.logoutToken({ sid });
    const tokens = {
      'another key': await world.logoutToken({ sid }, {}, privateKey),
      'no signature': new UnsecuredJWT(payload).encode(),
      'the public key as a secret': await new SignJWT(payload).setProtectedHeader(header).sign(pem),
      'a cut signature': valid.slice(0, -8),
      'an altered claim': withPayload(valid, { ...payload, sub: 'acc-marc' }),
      'an empty text': '',
      'no JWT': 'x.y.z',
    };
    for (const [what, token] of Object.entries(tokens)) expect(await deliver(token), what).to.equal(400);
    expect(await isSignedIn()).to.be.true;
  });

  it('§2.6: an ID token of the same session is no logout token', async () => {
    const list = await visitor.get(`${world.dcc.url}/patients`);
    const asked = await visitor.submit(list, 'sign-out', {}, { stopAt: world.issuer });
    expect(await deliver(asked.url.searchParams.get('id_token_hint') ?? '')).to.equal(400);
  });

  it('§2.6: of 50 deliveries of one token, one counts', async () => {
    const token = await world.logoutToken({ sid });
    const statuses = await Promise.all(Array.from({ length: 50 }, () => deliver(token)));
    expect(statuses.filter(status => status === 204)).to.have.lengthOf(1);
    expect(statuses.filter(status => status === 400)).to.have.lengthOf(49);
  });
});

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function withPayload(token: string, payload: object): string {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${encode(payload)}.${signature}`;
}
