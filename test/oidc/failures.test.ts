import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { CLIENT, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, redeem } from '../support/relying-party.ts';
import { newStoreUrl } from '../support/store.ts';

const BASIC = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
const BATCH = `Basic ${Buffer.from(`batch:${CLIENT.secret}`).toString('base64')}`;
const ACTS = ['INSERT', 'UPDATE', 'DELETE'];

/** The service on a file whose tables a second connection can make refuse every write, as a failing disk would. */
describe('the protocol’s answers when something could not be written', () => {
  let app: TestApp;
  let file: DatabaseSync;
  before(async () => {
    const url = await newStoreUrl('sqlite');
    app = await startTestApp({ env: { TROUSSEAU_STORE_URL: url } });
    file = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5000 });
  });
  after(async () => {
    file.close();
    await app.destroy();
  });

  async function whileBroken<T>(collection: string, act: () => Promise<T>): Promise<T> {
    for (const kind of ACTS) {
      file.exec(
        `CREATE TRIGGER broken_${kind} BEFORE ${kind} ON docs_${collection} BEGIN SELECT RAISE(ABORT, 'broken'); END`,
      );
    }
    try {
      return await act();
    } finally {
      for (const kind of ACTS) file.exec(`DROP TRIGGER broken_${kind}`);
    }
  }

  const post = (path: string, form: Readonly<Record<string, string>>, authorization = BASIC) =>
    fetch(`${app.issuer}${path}`, {
      method: 'POST',
      headers: { Authorization: authorization },
      body: new URLSearchParams(form),
    });

  function expectOurHeaders({ headers }: { readonly headers: Headers }): void {
    expect(headers.get('retry-after')).to.match(/^[1-9]\d*$/u);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('content-security-policy')).to.include("default-src 'none'");
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-request-id')).to.be.a('string');
    // The cookie of the page's own forms may be there; none of a session or a sign-in is.
    expect(headers.get('set-cookie') ?? '').to.not.match(/trousseau_(?:session|interaction|resume)/u);
    expect(headers.get('location')).to.equal(null);
  }

  async function expectUnavailable(answer: Response): Promise<void> {
    expect(answer.status).to.equal(503);
    expect(answer.headers.get('content-type')).to.match(/^application\/json/u);
    expectOurHeaders(answer);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).to.have.all.keys('error', 'error_description');
    expect(body['error']).to.equal('temporarily_unavailable');
  }

  const signedIn = async () => (await redeem(app, await createVisitor(app).signIn('claire.dupont'))).body;
  const credentials = { grant_type: 'client_credentials', scope: 'access:evaluate' };

  it('the token endpoint, when the token is not written', async () => {
    await expectUnavailable(
      await whileBroken('oidc_client_credentials', () => post('/oidc/token', credentials, BATCH)),
    );
  });

  it('the token endpoint, when the audit log is not written: no token leaves', async () => {
    await expectUnavailable(
      await whileBroken('audit_segments', () => post('/oidc/token', credentials, BATCH)),
    );
  });

  it('the token endpoint, when a code cannot be used up', async () => {
    const { callback, verifier } = await createVisitor(app).signIn('claire.dupont');
    const form = {
      grant_type: 'authorization_code',
      code: callback.get('code') ?? '',
      redirect_uri: 'http://localhost:9/callback',
      code_verifier: verifier,
    };
    await expectUnavailable(await whileBroken('oidc_codes', () => post('/oidc/token', form)));
    expect((await post('/oidc/token', form)).status, 'the code is still good').to.equal(200);
  });

  it('the introspection endpoint, when the refusal leaves no trace', async () => {
    await expectUnavailable(
      await whileBroken('audit_segments', () =>
        post('/oidc/introspect', { token: 'x' }, `${BASIC.slice(0, -4)}AAAA`),
      ),
    );
  });

  it('the revocation endpoint, when the token stays', async () => {
    const { access_token: token = '' } = await signedIn();
    await expectUnavailable(await whileBroken('oidc_access_tokens', () => post('/oidc/revoke', { token })));
  });

  it('the pushed authorization request endpoint', async () => {
    const form = {
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: 'http://localhost:9/callback',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    expect((await post('/oidc/par', form)).status, 'before').to.equal(201);
    await expectUnavailable(await whileBroken('oidc_pushed_requests', () => post('/oidc/par', form)));
  });

  it('the userinfo endpoint, when the activity of the session is not written', async () => {
    const { access_token: token } = await signedIn();
    app.clock.advance(120);
    await expectUnavailable(
      await whileBroken('oidc_sessions', () => post('/oidc/userinfo', {}, `Bearer ${token}`)),
    );
  });

  it('the authorization endpoint, with a page in our layout and a reference', async () => {
    const visitor = createVisitor(app);
    const { page } = await whileBroken('oidc_interactions', () => visitor.authorize());
    expect(page.status).to.equal(503);
    expect(page.alertCode).to.equal('oidc.temporarily_unavailable');
    expect(page.body).to.include(page.headers.get('x-request-id') ?? 'no reference');
    expect(page.headers.get('content-type')).to.match(/^text\/html/u);
    expectOurHeaders(page);
  });

  it('the logout, with a page in our layout, and the session goes on', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn('claire.dupont');
    const page = await whileBroken('oidc_sessions', () => visitor.browser.get(`${app.issuer}/logout`));
    expect(page.status).to.equal(503);
    expect(page.alertCode).to.equal('oidc.temporarily_unavailable');
    expectOurHeaders(page);
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
  });

  it('writes what failed, with its reference, to the log', async () => {
    const answer = await whileBroken('oidc_client_credentials', () =>
      post('/oidc/token', credentials, BATCH),
    );
    const reference = answer.headers.get('x-request-id') ?? 'none';
    const lines = app
      .log()
      .split('\n')
      .filter(line => line.includes(reference) && line.includes('store.unavailable'));
    expect(lines).to.have.length(1);
  });
});
