import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, reasonOfDecision, redeem } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';

describe('a session', () => {
  let app: TestApp;
  before(async () => {
    // Rounds of races sign the same person in more often than anybody does.
    const env = { TROUSSEAU_CODE_PER_DAY: '1000', TROUSSEAU_CODE_PER_ADDRESS_DAY: '1000' };
    app = await startTestApp({ env });
  });
  after(() => app.destroy());

  it('does not come back when it is ended in the middle of a request (50 rounds)', async () => {
    for (let round = 0; round < 50; round++) {
      const visitor = createVisitor(app);
      const { body } = await redeem(app, await visitor.signIn(CLAIRE));
      const { sid } = payloadOf(body.id_token);
      const uid = (await app.oidc.sessions.findBySid(String(sid)))?.uid ?? '';
      await Promise.allSettled([
        visitor.authorize(),
        app.oidc.sessions.end(uid, 'test'),
        visitor.authorize({ client_id: 'docs', scope: 'openid' }),
        redeem(app, await visitor.authorize()),
      ]);
      expect(await app.oidc.sessions.findByUid(uid), `round ${round}`).to.equal(null);
      expect(await reasonOfDecision(app, sid), `round ${round}`).to.equal('session_ended');
    }
  }).timeout(180_000);

  it('does not survive its end by rising a level at the same moment (30 rounds)', async () => {
    for (let round = 0; round < 30; round++) {
      const visitor = createVisitor(app);
      const started = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
      await visitor.browser.submit(
        started.page,
        'identify',
        { login: CLAIRE, password: PASSWORD },
        { stopAt: 'http://localhost:9/' },
      );
      const [session] = (await app.oidc.sessions.list('acc-claire')).toReversed();
      const uid = session?.uid ?? '';
      const { page } = await visitor.authorize();
      const code = await codeSentTo(app, `${CLAIRE}@chu.example`);
      // The last form of the step-up, and the end of the session within its answer.
      const risen = visitor.browser.submit(page, 'code', { code }, { stopAt: 'http://localhost:9/' });
      await Promise.allSettled([risen, delay(round).then(() => app.oidc.sessions.end(uid, 'test'))]);
      expect(await app.oidc.sessions.findByUid(uid), `round ${round}`).to.equal(null);
    }
  }).timeout(180_000);
});
