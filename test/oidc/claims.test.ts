import { expect } from 'chai';
import { REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, postAsClient, type Visitor } from '../support/relying-party.ts';

type Claims = Record<string, unknown>;

describe('what a relying party is told of a person', () => {
  let app: TestApp;
  let visitor: Visitor;
  before(async () => {
    app = await startTestApp();
    visitor = createVisitor(app);
    await visitor.signIn('claire.dupont');
  });
  after(() => app.destroy());

  /** The claims of the ID token and of userinfo, and the scope granted, for one more request of the running session. */
  async function told(clientId: string, params: Readonly<Record<string, string>>) {
    const { callback, verifier } = await visitor.authorize({ client_id: clientId, ...params });
    const form = {
      grant_type: 'authorization_code',
      code: callback.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    };
    const { body } = await postAsClient(app, '/oidc/token', form, clientId);
    const answer = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    return {
      idToken: payloadOf(body.id_token),
      userinfo: (await answer.json()) as Claims,
      scope: body['scope'],
    };
  }
  const single = (name: string) => ({
    scope: 'openid',
    claims: JSON.stringify({ id_token: { [name]: null }, userinfo: { [name]: null } }),
  });

  it('is in the ID token the place of work, and nothing else of the person', async () => {
    const { idToken, userinfo } = await told('dcc', { scope: 'openid profile email professional' });
    const protocol = ['iss', 'aud', 'exp', 'iat', 'nonce', 'sub', 'sid', 'acr', 'amr', 'auth_time'];
    expect(idToken).to.have.all.keys(...protocol, 'situation');
    expect(userinfo).to.include.keys('name', 'email', 'national_id', 'situation');
  });

  it('is no place of work without the scope that it belongs to', async () => {
    const { idToken, userinfo } = await told('dcc', { scope: 'openid profile' });
    expect(idToken).to.not.have.property('situation');
    expect(userinfo).to.not.have.property('situation');
  });

  for (const name of ['situation', 'national_id']) {
    it(`is ${name} in both places for an application that may have it and asks for it alone`, async () => {
      const { idToken, userinfo } = await told('dcc', single(name));
      expect(idToken).to.have.property(name);
      expect(userinfo).to.have.property(name);
    });

    it(`is no ${name} for an application that may not have it, asked for alone`, async () => {
      const { idToken, userinfo } = await told('docs', single(name));
      expect(idToken).to.not.have.property(name);
      expect(userinfo).to.not.have.property(name);
    });
  }

  it('OpenID Connect Core §3.1.2.1: a scope that nobody knows is ignored, and not granted', async () => {
    const { scope, idToken } = await told('dcc', { scope: 'openid profile astrologie' });
    expect(scope).to.equal('openid profile');
    expect(idToken['sub']).to.equal('acc-claire');
  });
});
