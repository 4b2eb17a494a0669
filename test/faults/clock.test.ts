import { expect } from 'chai';
import { verifyAudit } from '#audit/index.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import {
  createVisitor,
  payloadOf,
  postAsClient,
  reasonOfDecision,
  redeem,
} from '../support/relying-party.ts';

const HOUR = 3600;
const OFFLINE = { params: { scope: 'openid profile offline_access' } };

/** A machine whose clock is wrong for a while, as after a pause of its host or a time server that errs. */
describe('a clock that jumps', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('three hours forward and an hour back ends no session before its time, and opens nothing', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn('claire.dupont', OFFLINE));
    const sid = payloadOf(body.id_token)['sid'];
    expect(await reasonOfDecision(app, sid)).to.equal('permitted_document');

    app.clock.advance(3 * HOUR);
    expect(await reasonOfDecision(app, sid)).to.equal('permitted_document');
    const refreshed = await postAsClient(app, '/oidc/token', {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token ?? '',
    });
    expect(refreshed.status).to.equal(200);

    app.clock.advance(-HOUR);
    expect(await reasonOfDecision(app, sid)).to.equal('permitted_document');
    expect((await visitor.authorize()).callback.has('code'), 'the session').to.equal(true);
    // What was used in the hour that is now to come stays used.
    const replayed = await postAsClient(app, '/oidc/token', {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token ?? '',
    });
    expect(replayed.body.error).to.equal('invalid_grant');
  });

  it('back lets people sign in, by codes of now, once', async () => {
    app.clock.advance(-HOUR);
    const authorization = await createVisitor(app).signIn('marc.lefevre');
    expect((await redeem(app, authorization)).status).to.equal(200);
    expect((await redeem(app, authorization)).body.error).to.equal('invalid_grant');
  });

  it('leaves the log whole: its order is that of its numbers, not of its times', async () => {
    await app.services.audit.checkpoint();
    const publicKeys = [await app.services.audit.publicKey()];
    const report = await verifyAudit({
      from: { store: app.services.store },
      checkpointFiles: [],
      publicKeys,
    });
    expect(report.findings).to.deep.equal([]);
  });
});
