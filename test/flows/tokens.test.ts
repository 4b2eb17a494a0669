import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { coreSection, loadConfig } from '#config/index.ts';
import { createSigningKeys } from '#oidc/index.ts';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { keys } from '../../src/cli/keys/index.ts';
import { disclosedTokens } from '../../src/cli/keys/disclosed.ts';
import { sections } from '../../src/sections.ts';
import { command } from '../operation/command.ts';
import { REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, postAsClient, redeem } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const OFFLINE = {
  params: { scope: 'openid profile email professional habilitations scope_all offline_access' },
};
// Known to the commands too, whichever instance they stand beside.
const SEALED = { TROUSSEAU_SEAL_KEYS: `k1:${randomBytes(32).toString('base64url')}` };
const CALLERS = 50;

describe('tokens', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ env: SEALED });
  });
  after(() => app.destroy());

  const jwks = async () => (await (await fetch(`${app.issuer}/oidc/jwks`)).json()) as JSONWebKeySet;

  it('trap 2: publishes exactly what it does (discovery)', async () => {
    const document = (await (await fetch(`${app.issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;
    expect(document).to.deep.include({
      issuer: app.issuer,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
    expect(document['grant_types_supported']).to.have.members([
      'authorization_code',
      'refresh_token',
      'client_credentials',
    ]);
    expect(document['acr_values_supported']).to.include.members(['urn:trousseau:acr:pwd', 'eidas1']);
    expect(document).to.include.keys(
      'pushed_authorization_request_endpoint',
      'introspection_endpoint',
      'revocation_endpoint',
      'end_session_endpoint',
    );
    expect(document).to.not.include.keys('registration_endpoint', 'device_authorization_endpoint');
  });

  it('signs ID tokens with a published key', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE));
    const { payload } = await jwtVerify(body.id_token ?? '', createLocalJWKSet(await jwks()), {
      issuer: app.issuer,
      audience: 'dcc',
    });
    expect(payload.sub).to.equal('acc-claire');
  });

  it('tells in userinfo what the application’s scopes allow, Pro Santé Connect’s names included', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    const answer = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    const claims = (await answer.json()) as Record<string, unknown>;
    expect(claims).to.deep.include({
      sub: 'acc-claire',
      preferred_username: CLAIRE,
      email: 'claire.dupont@chu.example',
      national_id: '899700366240',
      profession: { code: '10', label: 'Médecin' },
      SubjectNameID: '899700366240',
      SubjectRole: ['10^1.2.250.1.213.1.1.5.5'],
    });
    expect(claims['networks']).to.deep.equal([
      { id: 'cancerologie', profiles: ['utilisateur_cancerologie'], organisations: ['chu'], until: null },
    ]);
  });

  it('gives Pro Santé Connect’s names to who has no profession too, such as a secretary', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn('marc.lefevre', OFFLINE));
    const answer = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    const claims = (await answer.json()) as Record<string, unknown>;
    expect(claims).to.include({ SubjectNameID: '3370000481/ML1' }).and.not.have.property('SubjectRole');
  });

  it('tells the place of work only to who asked for the professional', async () => {
    const visitor = createVisitor(app);
    const without = await redeem(app, await visitor.signIn(CLAIRE));
    expect(payloadOf(without.body.id_token)).to.not.have.property('situation');
    const asked = await redeem(app, await visitor.authorize({ scope: 'openid professional' }));
    expect(payloadOf(asked.body.id_token)['situation']).to.deep.include({
      organisation: 'chu',
      finess: '370000481',
    });
  });

  it('gives no claim beyond the application’s scopes, asked for one by one (`claims`)', async () => {
    const visitor = createVisitor(app);
    const claims = JSON.stringify({
      id_token: { national_id: null },
      userinfo: { email: null, networks: null },
    });
    const signedIn = await visitor.signIn(CLAIRE, { params: { client_id: 'docs', scope: 'openid', claims } });
    const { body } = await postAsClient(
      app,
      '/oidc/token',
      {
        grant_type: 'authorization_code',
        code: signedIn.callback.get('code') ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: signedIn.verifier,
      },
      'docs',
    );
    const answer = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    const told = { ...payloadOf(body.id_token), ...((await answer.json()) as object) };
    expect(told).to.not.have.any.keys('national_id', 'email', 'networks');
  });

  it('gives no claim and no scope beyond what the application may have', async () => {
    const visitor = createVisitor(app);
    const { callback } = await visitor.authorize({ client_id: 'docs', scope: 'openid email' });
    expect(callback.get('error')).to.equal('invalid_scope');
  });

  it('RFC 7636 §4.4.1: refuses an authorization request without a challenge', async () => {
    const { callback } = await createVisitor(app).authorize({
      code_challenge: '',
      code_challenge_method: '',
    });
    expect(callback.get('error')).to.equal('invalid_request');
  });

  it('RFC 7636 §4.6: refuses a verifier that does not match', async () => {
    const signedIn = await createVisitor(app).signIn(CLAIRE);
    const { status, body } = await redeem(app, { ...signedIn, verifier: 'x'.repeat(43) });
    expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
  });

  it(`redeems a code once under ${CALLERS} parallel redemptions`, async () => {
    const signedIn = await createVisitor(app).signIn(CLAIRE);
    const answers = await Promise.all(Array.from({ length: CALLERS }, () => redeem(app, signedIn)));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    expect(answers.filter(({ body }) => body.error === 'invalid_grant')).to.have.length(CALLERS - 1);
  });

  it('RFC 6749 §4.1.2: a code that comes a second time takes the first tokens back', async () => {
    const signedIn = await createVisitor(app).signIn(CLAIRE);
    const { body } = await redeem(app, signedIn);
    expect((await redeem(app, signedIn)).body.error).to.equal('invalid_grant');
    const answer = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    expect(answer.status).to.equal(401);
  });

  it(`rotates a refresh token once under ${CALLERS} parallel uses`, async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    const refresh = () =>
      postAsClient(app, '/oidc/token', {
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token ?? '',
      });
    const answers = await Promise.all(Array.from({ length: CALLERS }, refresh));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
  });

  it('RFC 6749 §10.4: a refresh token used twice ends the whole family', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    const use = (token: unknown) =>
      postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token: String(token) });
    const rotated = await use(body.refresh_token);
    expect(rotated.status).to.equal(200);
    expect(payloadOf(rotated.body.id_token)).to.include({ acr: 'urn:trousseau:acr:code', sub: 'acc-claire' });
    expect((await use(body.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await use(rotated.body.refresh_token)).body.error).to.equal('invalid_grant');
  });

  it('trap 16: gives a refresh token only when offline_access is asked and held', async () => {
    const without = await redeem(app, await createVisitor(app).signIn(CLAIRE));
    expect(without.body.refresh_token).to.equal(undefined);
    const withIt = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    expect(withIt.body.refresh_token).to.be.a('string');
  });

  it(`RFC 9126 §4: a pushed request opens once under ${CALLERS} parallel uses`, async () => {
    const visitor = createVisitor(app);
    await visitor.signIn(CLAIRE);
    const pushed = await postAsClient(app, '/oidc/par', {
      client_id: 'dcc',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    expect(pushed.status, JSON.stringify(pushed.body)).to.equal(201);
    const query = new URLSearchParams({ client_id: 'dcc', request_uri: String(pushed.body['request_uri']) });
    const pages = await Promise.all(
      Array.from({ length: CALLERS }, () =>
        visitor.browser.get(`${app.issuer}/oidc/authorize?${query}`, { stopAt: REDIRECT_URI }),
      ),
    );
    expect(pages.filter(({ url }) => url.searchParams.has('code'))).to.have.length(1);
  });

  it('introspects and revokes its own tokens (RFC 7662, RFC 7009)', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    const token = body.access_token ?? '';
    const before = await postAsClient(app, '/oidc/introspect', { token });
    expect(before.body).to.include({ active: true, sub: 'acc-claire', client_id: 'dcc' });
    expect((await postAsClient(app, '/oidc/introspect', { token }, 'docs')).body).to.deep.equal({
      active: false,
    });
    await postAsClient(app, '/oidc/revoke', { token });
    expect((await postAsClient(app, '/oidc/introspect', { token })).body).to.deep.equal({ active: false });
  });

  it('gives a back end its own token by client credentials, for its own scopes only', async () => {
    const granted = await postAsClient(
      app,
      '/oidc/token',
      { grant_type: 'client_credentials', scope: 'access:evaluate' },
      'batch',
    );
    expect(granted.body['scope']).to.equal('access:evaluate');
    const beyond = await postAsClient(
      app,
      '/oidc/token',
      { grant_type: 'client_credentials', scope: 'admin:write' },
      'batch',
    );
    expect(beyond.body.error).to.equal('invalid_scope');
    const person = await postAsClient(app, '/oidc/token', {
      grant_type: 'client_credentials',
      scope: 'access:evaluate',
    });
    expect(person).to.deep.include({ status: 400 });
    expect(person.body.access_token).to.equal(undefined);
  });

  it('accepts the secret in the header and in the body, and refuses a wrong one', async () => {
    const secret = 'flow-secret-0123456789abcdef0123456789abcdef';
    const form = { grant_type: 'client_credentials', scope: 'access:evaluate', client_id: 'batch' };
    const post = (client_secret: string) =>
      fetch(`${app.issuer}/oidc/token`, {
        method: 'POST',
        body: new URLSearchParams({ ...form, client_secret }),
      });
    expect((await post(secret)).status).to.equal(200);
    expect((await post(`${secret}x`)).status).to.equal(401);
  });

  it('publishes a new key at once, signs with it a minute later, and keeps the old one published', async () => {
    const visitor = createVisitor(app);
    const keys = createSigningKeys({ ...app.services, retiredSeconds: 3600 });
    const sign = async () => {
      const { body } = await redeem(app, await visitor.signIn(CLAIRE));
      return (await jwtVerify(body.id_token ?? '', createLocalJWKSet(await jwks()))).protectedHeader.kid;
    };
    const former = await sign();
    const { kid } = await keys.rotate();
    await app.oidc.refreshKeys();
    const published = await jwks();
    expect(published.keys.map(key => key.kid)).to.have.members([former, kid]);
    expect(await sign()).to.equal(former);
    app.clock.advance(60);
    await app.oidc.refreshKeys();
    expect(await sign()).to.equal(kid);
    expect((await jwks()).keys.map(key => key.kid)).to.have.members([former, kid]);
    app.clock.advance(3600);
    await app.oidc.refreshKeys();
    expect((await jwks()).keys.map(key => key.kid)).to.deep.equal([kid]);
  });

  it('ends everything that was issued once a signing key is disclosed, without a restart', async function () {
    // Three commands open the data anew beside the service.
    this.timeout(60_000);
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn(CLAIRE, OFFLINE));
    const former = (await jwks()).keys.map(key => key.kid);
    const env = {
      ...SEALED,
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_DATA_DIR: app.dataDir,
      TROUSSEAU_STORE_URL: app.services.config.of(coreSection).storeUrl,
    };
    expect((await command(keys, env, 'disclosed', 'tokens')).out).to.include('dry run');
    await app.oidc.refreshKeys();
    expect((await jwks()).keys.map(key => key.kid)).to.deep.equal(former);

    const context = { args: [], config: () => loadConfig(sections, env), output: { out() {}, err() {} } };
    expect(await disclosedTokens(context, true, 0)).to.equal(0);
    await app.oidc.refreshKeys();
    const published = (await jwks()).keys.map(key => key.kid);
    expect(published).to.have.length(1);
    expect(former).not.to.include(published[0]);
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
    expect((await postAsClient(app, '/oidc/token', form)).body.error).to.equal('invalid_grant');
    const userinfo = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    expect(userinfo.status).to.equal(401);
    const { sid } = payloadOf(body.id_token);
    expect(await app.oidc.sessions.findBySid(String(sid))).to.equal(null);
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
    const { body: anew } = await redeem(app, await createVisitor(app).signIn(CLAIRE));
    const verified = await jwtVerify(anew.id_token ?? '', createLocalJWKSet(await jwks()));
    expect(verified.protectedHeader.kid).to.equal(published[0]);
  });
});
