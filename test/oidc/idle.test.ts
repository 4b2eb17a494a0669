import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, reasonOfDecision, redeem } from '../support/relying-party.ts';

describe('a short idle time', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ env: { TROUSSEAU_SESSION_IDLE: '1min' } });
  });
  after(() => app.destroy());

  it('starts again at each use, however near its end, and is over a minute after the last', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn('claire.dupont'));
    const { sid } = payloadOf(body.id_token);
    for (let second = 0; second < 180; second += 15) {
      app.clock.advance(15);
      expect(await reasonOfDecision(app, sid), `${second} s`).to.equal('permitted_document');
    }
    app.clock.advance(61);
    expect(await reasonOfDecision(app, sid)).to.equal('session_ended');
  });
});
