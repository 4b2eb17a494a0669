import type { ProfessionalStatus } from '#directory/index.ts';
import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, postAsClient, redeem } from '../support/relying-party.ts';

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

  it('of a back end’s own token asks for no account', async () => {
    const { body } = await postAsClient(
      app,
      '/oidc/token',
      { grant_type: 'client_credentials', scope: 'access:evaluate' },
      'batch',
    );
    const answer = await postAsClient(app, '/oidc/introspect', { token: body.access_token ?? '' }, 'batch');
    expect(answer.body['active']).to.equal(true);
  });
});
