import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, postAsClient, redeem, type Authorization } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const OFFLINE = { params: { scope: 'openid offline_access' } };
const CALLERS = 50;

describe('the trace of a code or a refresh token that comes again', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.destroy());

  async function revocations() {
    const { items } = await app.services.audit.list({ limit: 1000 });
    return items
      .filter(({ type }) => type === 'oidc.grant.revoked')
      .map(({ account, client, outcome, data }) => ({ account, client, outcome, reason: data?.['reason'] }));
  }
  const refresh = (token: string | undefined) =>
    postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token: token ?? '' });
  const userinfo = async (token: string | undefined) =>
    (await fetch(`${app.issuer}/oidc/userinfo`, { headers: { Authorization: `Bearer ${token}` } })).status;
  const trace = (reason: string) => ({ account: 'acc-claire', client: 'dcc', outcome: 'refused', reason });

  it('is one event for a code, however often it comes again', async () => {
    const signedIn = await createVisitor(app).signIn(CLAIRE);
    expect((await redeem(app, signedIn)).status).to.equal(200);
    expect(await revocations()).to.deep.equal([]);
    for (let time = 0; time < 3; time++) expect((await redeem(app, signedIn)).status).to.equal(400);
    expect(await revocations()).to.deep.equal([trace('code_replayed')]);
  });

  it('is one event for a refresh token', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    expect((await refresh(body.refresh_token)).status).to.equal(200);
    expect(await revocations()).to.deep.equal([]);
    for (let time = 0; time < 3; time++) expect((await refresh(body.refresh_token)).status).to.equal(400);
    expect(await revocations()).to.deep.equal([trace('refresh_replayed')]);
  });

  const races: readonly [string, (signedIn: Authorization) => Promise<() => Promise<{ status: number }>>][] =
    [
      ['code_replayed', async signedIn => () => redeem(app, signedIn)],
      [
        'refresh_replayed',
        async signedIn => {
          const { body } = await redeem(app, signedIn);
          return () => refresh(body.refresh_token);
        },
      ],
    ];
  for (const [reason, prepare] of races) {
    it(`is one event under ${CALLERS} parallel uses (${reason}), and what the first one got is dead`, async () => {
      const use = await prepare(await createVisitor(app).signIn(CLAIRE, OFFLINE));
      const answers = await Promise.all(Array.from({ length: CALLERS }, use));
      const [won, ...others] = answers.filter(({ status }) => status === 200);
      expect(others).to.deep.equal([]);
      expect(await revocations()).to.deep.equal([trace(reason)]);
      expect(await userinfo((won as Awaited<ReturnType<typeof redeem>>).body.access_token)).to.equal(401);
    });
  }

  it('is none for an application that gives its own tokens back', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn(CLAIRE, OFFLINE));
    await postAsClient(app, '/oidc/revoke', { token: body.refresh_token ?? '' });
    expect((await refresh(body.refresh_token)).status).to.equal(400);
    expect(await revocations()).to.deep.equal([]);
  });
});
