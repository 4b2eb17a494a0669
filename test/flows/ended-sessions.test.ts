import type { ProfessionalStatus } from '#directory/index.ts';
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { listenForLogout, type LogoutListener } from '../support/logout-listener.ts';
import {
  createVisitor,
  payloadOf,
  postAsClient,
  redeem,
  type TokenAnswer,
} from '../support/relying-party.ts';
import { copySession } from '../support/session-copies.ts';

const OFFLINE = { params: { scope: 'openid profile offline_access' } };

describe('the sessions of a person whose account is suspended or closed', () => {
  let app: TestApp;
  let party: LogoutListener;
  let login: string;
  let sub: string;
  let toldBefore: number;
  const unused = Array.from({ length: 8 }, (_, n) => `jean.voisin${n}`);
  const region = exampleRegion({ colleagues: unused });
  before(async () => {
    party = await listenForLogout();
    Object.assign(region.applications[0] ?? {}, { backchannel_logout_uri: party.url });
    app = await startTestApp({ region });
  });
  after(async () => {
    await app.destroy();
    await party.close();
  });
  beforeEach(() => {
    login = unused.pop() ?? expect.fail('one more colleague is needed');
    sub = `acc-${login.replace('.', '-')}`;
    toldBefore = party.tokens.length;
  });
  // The region is again as its file says, and nothing is left to tell.
  afterEach(async () => {
    await setStatus('active');
    await app.jobs.runNow('oidc.revoked-sessions');
    await app.outbox.drain();
  });

  const setStatus = (status: ProfessionalStatus) =>
    app.services.directory.professionals.update(sub, before => ({ ...before, status }));
  const openSession = async () => (await redeem(app, await createVisitor(app).signIn(login, OFFLINE))).body;
  const sidOf = (body: TokenAnswer['body']) => String(payloadOf(body.id_token)['sid']);
  const reasonFor = async (sid: string) => {
    const answer = await fetch(`${app.issuer}/access/v1/evaluation`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Basic ${Buffer.from('dcc:flow-secret-0123456789abcdef0123456789abcdef').toString('base64')}`,
      },
      body: JSON.stringify({
        subject: { type: 'account', id: sub },
        action: { name: 'read' },
        resource: { type: 'document_area', id: 'area' },
        context: { sid },
      }),
    });
    return ((await answer.json()) as { context: { reason_code: string } }).context.reason_code;
  };

  /** What the tokens of a session are still worth: userinfo, introspection, refresh. */
  async function worthOf({ access_token = '', refresh_token = '' }: TokenAnswer['body']) {
    const headers = { Authorization: `Bearer ${access_token}` };
    const userinfo = await fetch(`${app.issuer}/oidc/userinfo`, { headers });
    const { body } = await postAsClient(app, '/oidc/introspect', { token: access_token });
    const refreshed = await postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token });
    return [userinfo.status, body['active'], refreshed.status];
  }

  for (const status of ['suspended', 'closed'] as const) {
    it(`are live for nobody from the very moment that it is ${status}`, async () => {
      const body = await openSession();
      const live = await app.oidc.sessions.findBySid(sidOf(body));
      expect(await reasonFor(sidOf(body))).to.equal('permitted_document');
      await setStatus(status);
      expect(await app.oidc.sessions.findBySid(sidOf(body))).to.equal(null);
      expect(await app.oidc.sessions.findByUid(live?.uid ?? '')).to.equal(null);
      expect(await app.oidc.sessions.list(sub)).to.deep.equal([]);
      expect(await reasonFor(sidOf(body))).to.equal('account_inactive');
      expect(await worthOf(body)).to.deep.equal([401, false, 400]);
    });
  }

  it('do not come back with the account: no session, no access token, no refresh token', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn(login, OFFLINE));
    await setStatus('suspended');
    await setStatus('active');
    expect(await app.oidc.sessions.findBySid(sidOf(body))).to.equal(null);
    expect(await reasonFor(sidOf(body))).to.equal('session_ended');
    expect(await worthOf(body)).to.deep.equal([401, false, 400]);
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
    const again = await redeem(app, await visitor.signIn(login, OFFLINE));
    expect(await worthOf(again.body)).to.deep.equal([200, true, 200]);
  });

  it('leave nothing to a code that was on its way to an application', async () => {
    const signedIn = await createVisitor(app).signIn(login, OFFLINE);
    await setStatus('suspended');
    await setStatus('active');
    expect((await redeem(app, signedIn)).body.error).to.equal('invalid_grant');
  });

  it('are told to the relying parties, once each, and only those of before the suspension', async () => {
    const before = [await openSession(), await openSession()];
    await setStatus('suspended');
    await setStatus('active');
    const after = await openSession();
    await app.jobs.runNow('oidc.revoked-sessions');
    await app.jobs.runNow('oidc.revoked-sessions');
    await app.outbox.drain();
    const told = party.tokens.slice(toldBefore).map(token => String(payloadOf(token)['sid']));
    expect(told).to.have.members(before.map(sidOf)).and.have.length(2);
    expect(await worthOf(after)).to.deep.equal([200, true, 200]);
    const { items } = await app.services.audit.list({ account: sub, limit: 1000 });
    const ended = items.filter(({ type }) => type === 'oidc.session.ended');
    expect(ended.map(({ data }) => data?.['reason'])).to.deep.equal(['account_inactive', 'account_inactive']);
  });

  it('end also when another process imports the suspension', async () => {
    const body = await openSession();
    const accounts = region.accounts.map(account =>
      account.sub === sub ? { ...account, status: 'suspended' } : account,
    );
    const regionFile = path.join(app.dataDir, 'region-2.json');
    await writeFile(regionFile, JSON.stringify({ ...region, accounts }));
    const other = await createApp({
      config: app.services.config,
      logger: pino({ level: 'silent' }),
      clock: app.clock,
    });
    await other.region.importFile(regionFile, { dryRun: false });
    const again = await other.region.importFile(regionFile, { dryRun: true, reapply: true });
    expect(again.rows.filter(({ outcome }) => outcome !== 'same')).to.deep.equal([]);
    await other.stop();
    expect(await app.oidc.sessions.findBySid(sidOf(body))).to.equal(null);
    expect(await worthOf(body)).to.deep.equal([401, false, 400]);
    await app.jobs.runNow('oidc.revoked-sessions');
    await app.outbox.drain();
    expect(party.tokens.slice(toldBefore).map(token => payloadOf(token)['sid'])).to.deep.equal([sidOf(body)]);
  });

  it('all end at one word, however many there are, but for the one to keep', async function () {
    this.timeout(120_000);
    const kept = await openSession();
    const [model] = await app.oidc.sessions.list(sub);
    expect(model).to.not.equal(undefined);
    await copySession(app, model?.uid ?? '', 230);
    expect(await app.oidc.sessions.list(sub)).to.have.length(231);
    const ended = await app.oidc.sessions.endAll(sub, 'test', { exceptUid: model?.uid ?? '' });
    expect(ended).to.equal(230);
    expect((await app.oidc.sessions.list(sub)).map(({ uid }) => uid)).to.deep.equal([model?.uid]);
    expect(await worthOf(kept)).to.deep.equal([200, true, 200]);
    expect(await app.oidc.sessions.endAll(sub, 'test')).to.equal(1);
    expect(await worthOf(kept)).to.deep.equal([401, false, 400]);
  });
});
