import type { ProfessionalStatus } from '#directory/index.ts';
import { ACR } from '#kernel/index.ts';
import { expect } from 'chai';
import { PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, postAsClient, redeem } from '../support/relying-party.ts';

const OFFLINE = { params: { scope: 'openid offline_access' } };

describe('the introspection of a person’s token', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  const setStatus = (status: ProfessionalStatus) =>
    app.services.directory.professionals.update('acc-claire', before => ({ ...before, status }));

  for (const status of ['suspended', 'closed'] as const) {
    it(`says that nothing is active once the account is ${status}, to the application and to a back end`, async () => {
      const { body } = await redeem(app, await createVisitor(app).signIn('claire.dupont', OFFLINE));
      const tokens = [body.access_token ?? '', body.refresh_token ?? ''];
      const askers = ['dcc', 'batch'];
      const ask = () =>
        Promise.all(
          tokens.flatMap(token =>
            askers.map(async asker => (await postAsClient(app, '/oidc/introspect', { token }, asker)).body),
          ),
        );
      expect((await ask()).map(({ active }) => active)).to.deep.equal([true, true, true, true]);
      await setStatus(status);
      try {
        expect(await ask()).to.deep.equal(Array.from({ length: 4 }, () => ({ active: false })));
      } finally {
        await setStatus('active');
      }
    });
  }

  it('says that nothing is active once the session is over', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn('marc.lefevre', OFFLINE));
    const ask = async () =>
      (await postAsClient(app, '/oidc/introspect', { token: body.access_token ?? '' })).body;
    expect(await ask()).to.include({ active: true });
    const [session] = await app.oidc.sessions.list('acc-marc');
    // Gone as by its time: its grants are still there.
    await app.oidc.sessions.remove(session?.uid ?? '');
    expect(await ask()).to.deep.equal({ active: false });
  });

  it('tells the level and the time of the sign-in that a token comes from, whatever its session earned since', async () => {
    const visitor = createVisitor(app);
    const stop = { stopAt: REDIRECT_URI };
    const ask = async (token: string | undefined, asker: string) =>
      (await postAsClient(app, '/oidc/introspect', { token: token ?? '' }, asker)).body;
    const docs = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    const login = { login: 'claire.dupont', password: PASSWORD };
    let page = await visitor.browser.submit(docs.page, 'identify', login, stop);
    const first = await redeem(app, { ...docs, page, callback: page.url.searchParams }, 'docs');
    const weak = { acr: ACR.pwd, auth_time: payloadOf(first.body.id_token)['auth_time'] };
    expect(weak.auth_time).to.be.a('number');
    expect(await ask(first.body.access_token, 'docs')).to.include(weak);

    app.clock.advance(60);
    const dcc = await visitor.authorize({ scope: 'openid offline_access' });
    const code = await codeSentTo(app, 'claire.dupont@chu.example');
    page = await visitor.browser.submit(dcc.page, 'code', { code }, stop);
    const second = await redeem(app, { ...dcc, page, callback: page.url.searchParams });
    const strong = { acr: ACR.code, auth_time: payloadOf(second.body.id_token)['auth_time'] };
    expect(strong.auth_time).to.be.above(weak.auth_time as number);
    expect(await ask(second.body.access_token, 'dcc')).to.include(strong);
    expect(await ask(first.body.access_token, 'docs')).to.include(weak);

    const refreshed = await postAsClient(
      app,
      '/oidc/token',
      { grant_type: 'refresh_token', refresh_token: String(second.body.refresh_token) },
      'dcc',
    );
    expect(await ask(String(refreshed.body['access_token']), 'batch')).to.include(strong);
  });

  it('of a back end’s own token asks for no account', async () => {
    const { body } = await postAsClient(
      app,
      '/oidc/token',
      { grant_type: 'client_credentials', scope: 'access:evaluate' },
      'batch',
    );
    const answer = await postAsClient(app, '/oidc/introspect', { token: body.access_token ?? '' }, 'batch');
    expect(answer.body['active']).to.equal(true);
    expect(answer.body).to.not.have.any.keys('acr', 'auth_time');
  });
});
