import type { Professional } from '#directory/index.ts';
import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, postAsClient, redeem } from '../support/relying-party.ts';

const OFFLINE = { params: { scope: 'openid offline_access' } };

describe('a refresh, when the person’s rights have changed since the sign-in', () => {
  let app: TestApp;
  let token: string;
  beforeEach(async () => {
    app = await startTestApp();
    const { body } = await redeem(app, await createVisitor(app).signIn('claire.dupont', OFFLINE));
    token = body.refresh_token ?? '';
  });
  afterEach(() => app.destroy());

  const change = (part: Partial<Professional>) =>
    app.services.directory.professionals.update('acc-claire', before => ({ ...before, ...part }));
  const refresh = () =>
    postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token: token });

  async function refusals() {
    const { items } = await app.services.audit.list({ limit: 1000 });
    return items
      .filter(({ type }) => type === 'oidc.application.refused')
      .map(({ account, client, data }) => ({ account, client, reason: data?.['reason'] }));
  }

  it('is refused and traced when the person is no longer in the application’s network', async () => {
    const before = await app.services.directory.professionals.get('acc-claire');
    await change({ memberships: [] });
    const { status, body } = await refresh();
    expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
    const reason = 'application_not_permitted';
    expect(await refusals()).to.deep.equal([{ account: 'acc-claire', client: 'dcc', reason }]);
    await change(before ?? {});
    expect((await refresh()).status, 'the refused token was not used up').to.equal(200);
  });

  for (const status of ['suspended', 'closed'] as const) {
    it(`is refused and traced when the person is ${status}, and for ever`, async () => {
      await change({ status });
      expect((await refresh()).body.error).to.equal('invalid_grant');
      await change({ status: 'active' });
      expect((await refresh()).body.error, 'the session has ended with the account').to.equal(
        'invalid_grant',
      );
      const { items } = await app.services.audit.list({ limit: 1000 });
      const traced = items.filter(({ type }) => type === 'oidc.client.refused');
      expect(traced.map(({ client, data }) => [client, data?.['error']])).to.deep.equal([
        ['dcc', 'invalid_grant'],
        ['dcc', 'invalid_grant'],
      ]);
    });
  }

  it('is granted, without such a trace, when nothing has changed', async () => {
    expect((await refresh()).status).to.equal(200);
    expect(await refusals()).to.deep.equal([]);
  });
});
