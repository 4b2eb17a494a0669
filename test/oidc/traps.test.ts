import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ACR } from '#kernel/index.ts';
import { safeReturnPath } from '#oidc/index.ts';
import { createOutgoingFetch } from '../../src/oidc/outgoing.ts';
import { requiredAcr } from '../../src/oidc/policy.ts';
import { toClientMetadata } from '../../src/oidc/clients.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, redeem } from '../support/relying-party.ts';

/** Named by the traps of docs/architecture.md §8 that no other test names. */
describe('known traps of oidc-provider', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('trap 5: access tokens are opaque: nothing to read, and revocable', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn('claire.dupont'));
    expect(body.access_token).to.match(/^[\w-]{43}$/u);
  });

  it('trap 6: a grant gathers nothing: tokens hold the scopes of their own request', async () => {
    const visitor = createVisitor(app);
    await redeem(app, await visitor.signIn('claire.dupont', { params: { scope: 'openid profile email' } }));
    const narrow = await redeem(app, await visitor.authorize({ scope: 'openid' }));
    expect(narrow.body['scope']).to.equal('openid');
    const claims = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${narrow.body.access_token}` },
    });
    expect(Object.keys((await claims.json()) as object)).to.not.include.members(['email', 'name']);
  });

  it('trap 6: a scope taken from the application is gone from the next tokens', async () => {
    const visitor = createVisitor(app);
    await redeem(app, await visitor.signIn('claire.dupont', { params: { scope: 'openid profile email' } }));
    const scopes = (await app.services.directory.applications.get('dcc'))?.scopes ?? [];
    await app.services.directory.applications.update('dcc', dcc => ({
      ...dcc,
      scopes: scopes.filter(scope => scope !== 'email'),
    }));
    try {
      const { callback } = await visitor.authorize({ scope: 'openid email' });
      expect(callback.get('error')).to.equal('invalid_scope');
    } finally {
      await app.services.directory.applications.update('dcc', dcc => ({ ...dcc, scopes }));
    }
  });

  it('trap 8: private addresses are refused unless the operator has named them', async () => {
    const server = createServer((_request, response) => response.end('reached'));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const refusing = { dispatcher: 'oidc-provider’s guard' } as unknown as RequestInit;
    const url = `http://127.0.0.1:${port}/`;
    try {
      for (const host of ['127.0.0.1', `127.0.0.1:${port}`]) {
        const answer = await createOutgoingFetch([host])(url, refusing);
        expect(await answer.text(), host).to.equal('reached');
      }
      // Unnamed, the guard stays in place: here it is no dispatcher at all, so the call must fail.
      for (const hosts of [[], ['localhost'], [`127.0.0.1:${port + 1}`]]) {
        const outcome = await createOutgoingFetch(hosts)(url, refusing).then(
          () => 'reached',
          () => 'refused',
        );
        expect(outcome).to.equal('refused');
      }
    } finally {
      await new Promise(resolve => server.close(resolve));
    }
  });

  it('trap 9: an application’s metadata is the same text every time', async () => {
    const application = await app.services.directory.applications.get('dcc');
    if (!application) throw new Error('the example region has changed');
    const shuffled = Object.fromEntries(
      Object.entries(application).toReversed(),
    ) as unknown as typeof application;
    expect(JSON.stringify(toClientMetadata(shuffled, 0))).to.equal(
      JSON.stringify(toClientMetadata(application, 0)),
    );
  });

  it('trap 18: without TLS a form is asked again by the address, which brings the cookies', async () => {
    const form = new URLSearchParams({ client_id: 'dcc', response_type: 'code', state: 'é &' });
    for (const path of ['/oidc/authorize', '/logout']) {
      const body = path === '/logout' ? new URLSearchParams() : form;
      const answer = await fetch(`${app.issuer}${path}`, { method: 'POST', body, redirect: 'manual' });
      expect(answer.status, path).to.equal(303);
      expect(answer.headers.get('location')).to.equal(`${path}?${body}`);
    }
  });

  it('answers a method that an endpoint does not have in the words of the rest', async () => {
    for (const [method, path, allowed] of [
      ['GET', '/oidc/token', 'POST'],
      ['DELETE', '/oidc/par', 'POST'],
      ['POST', '/oidc/jwks', 'GET, HEAD'],
      ['PUT', '/.well-known/openid-configuration', 'GET, HEAD'],
    ] as const) {
      const answer = await fetch(`${app.issuer}${path}`, { method });
      expect([answer.status, answer.headers.get('allow')], path).to.deep.equal([405, allowed]);
      expect(await answer.json()).to.include({ code: 'http.method_not_allowed' });
    }
    const page = await fetch(`${app.issuer}/logout/confirm`, { headers: { Accept: 'text/html' } });
    expect(page.status).to.equal(405);
    expect(page.headers.get('content-type')).to.include('text/html');
  });

  it('trap 18: an unsigned request object is refused to the relying party itself', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"client_id":"dcc"}').toString('base64url')}.`;
    const { callback } = await createVisitor(app).authorize({ request: none });
    expect(callback.get('error')).to.equal('invalid_request_object');
  });

  it('shows an error page with a reference, never a redirect, for an address that is not registered', async () => {
    const { page } = await createVisitor(app).authorize({ redirect_uri: 'https://evil.example/cb' });
    expect(page.status).to.equal(400);
    expect(page.url.host).to.equal(new URL(app.issuer).host);
    expect(page.alertCode).to.equal('oidc.invalid_redirect_uri');
    expect(page.body).to.include(page.headers.get('x-request-id') ?? 'no reference');
  });

  it('trap 4: ID tokens bear the acr that the session has, not what was asked', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(
      app,
      await visitor.signIn('claire.dupont', { params: { acr_values: ACR.pwd } }),
    );
    expect(payloadOf(body.id_token)['acr']).to.equal(ACR.code);
  });

  const levels: readonly [string, string | undefined, Record<string, unknown>, string | undefined][] = [
    ['nothing asked, nothing set', undefined, {}, ACR.pwd],
    ['the application’s minimum', ACR.code, {}, ACR.code],
    ['acr_values above it', ACR.code, { acr_values: ACR.mfa }, ACR.mfa],
    ['acr_values below it', ACR.mfa, { acr_values: ACR.pwd }, ACR.mfa],
    ['the lowest of several acr_values', undefined, { acr_values: `${ACR.card} ${ACR.code}` }, ACR.code],
    ['an unknown value beside a known one', undefined, { acr_values: `x ${ACR.mfa}` }, ACR.mfa],
    ['only unknown values', undefined, { acr_values: 'x y' }, undefined],
    ['Pro Santé Connect’s name', undefined, { acr_values: 'eidas1' }, ACR.card],
    [
      'an essential claim',
      undefined,
      { claims: `{"id_token":{"acr":{"essential":true,"values":["${ACR.mfa}"]}}}` },
      ACR.mfa,
    ],
    ['a voluntary claim', undefined, { claims: `{"id_token":{"acr":{"values":["${ACR.mfa}"]}}}` }, ACR.pwd],
    ['claims that are no JSON', undefined, { claims: '{' }, ACR.pwd],
  ];
  for (const [name, minimumAcr, params, expected] of levels) {
    it(`needs ${expected ?? 'what nobody has'} for ${name}`, () => {
      const application = { minimumAcr } as Parameters<typeof requiredAcr>[0];
      expect(requiredAcr(minimumAcr === undefined ? null : application, params)).to.equal(expected);
    });
  }

  it('comes back from a sign-in only to a path of this very site', () => {
    for (const path of ['/', '/account', '/account/sessions?x=1'])
      expect(safeReturnPath(path)).to.equal(path);
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:1',
      '/a b',
      '',
      '/\u0000',
    ]) {
      expect(safeReturnPath(path), path).to.equal('/');
    }
  });
});
