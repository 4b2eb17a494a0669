import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import { send, type Answer } from '../support/shell.ts';

/** As behind a proxy that ends TLS: the issuer is https, the socket is not. */
describe('over https, behind a declared proxy', () => {
  let app: TestApp;
  let port: number;
  before(async () => {
    port = await freePort();
    app = await startTestApp({
      region: exampleRegion(),
      env: {
        TROUSSEAU_PORT: String(port),
        TROUSSEAU_ISSUER: 'https://connexion.localhost',
        TROUSSEAU_PROXY_HOPS: '1',
      },
    });
  });
  after(() => app.destroy());

  const proxied = {
    Host: 'connexion.localhost',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-For': '203.0.113.9',
  };
  const request = () =>
    new URLSearchParams({
      client_id: 'dcc',
      response_type: 'code',
      redirect_uri: 'http://localhost:9/callback',
      scope: 'openid',
      code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
  const cookies = (answer: Answer) => answer.headers['set-cookie'] ?? [];

  it('OpenID Connect Core §3.1.2.1: takes an authorization request by GET and by POST (trap 18)', async () => {
    const get = await send(port, { path: `/oidc/authorize?${request()}`, headers: proxied });
    const post = await send(port, {
      path: '/oidc/authorize',
      method: 'POST',
      headers: { ...proxied, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: request(),
    });
    for (const answer of [get, post]) {
      expect(answer.status).to.equal(303);
      expect(answer.headers.location).to.match(/^\/interaction\//u);
    }
  });

  it('gives only Secure cookies, bound to this host where they are for all of it', async () => {
    const authorize = await send(port, { path: `/oidc/authorize?${request()}`, headers: proxied });
    const page = await send(port, {
      path: authorize.headers.location ?? '',
      headers: {
        ...proxied,
        Cookie: cookies(authorize)
          .map(line => line.split(';')[0])
          .join('; '),
      },
    });
    expect(page.status).to.equal(200);
    const all = [...cookies(authorize), ...cookies(page)];
    expect(all.length).to.be.greaterThan(2);
    for (const line of all) {
      expect(line.toLowerCase()).to.include('secure').and.include('httponly');
      if (/path=\/;/iu.test(line)) expect(line).to.match(/^__Host-/u);
    }
    expect(page.headers['strict-transport-security']).to.include('max-age');
  });

  it('refuses what comes in clear, and another host', async () => {
    const clear = await send(port, {
      path: `/oidc/authorize?${request()}`,
      headers: { ...proxied, 'X-Forwarded-Proto': 'http', Accept: 'application/json' },
    });
    expect(clear.status).to.be.oneOf([307, 421]);
    const other = await send(port, { path: '/', headers: { ...proxied, Host: 'evil.example' } });
    expect(other.status).to.equal(421);
  });
});
