import { ACR, createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { createMeansRegistry, type MeansPeriod } from '#methods/index.ts';
import { expect } from 'chai';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, redeem } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const STOP = { stopAt: 'http://localhost:9/' };

describe('the registry of means', () => {
  let app: TestApp;
  let clock: ShiftedClock;
  before(async () => {
    clock = createShiftedClock();
    app = await startTestApp({ clock });
  });
  after(() => app.destroy());
  // What another test has decided is over.
  afterEach(async () => {
    for (const { id } of app.methods) await decide(id, [{}]);
  });

  async function decide(method: string, periods: readonly MeansPeriod[]): Promise<void> {
    const { revision } = await app.means.entry(method);
    expect(await app.means.decide(method, { periods, revision })).to.equal(true);
  }
  const idsFor = async (application?: string, network?: string) =>
    (await app.means.inForce({ application, network })).map(({ id }) => id);
  const offered = (body: string) => ({
    password: body.includes('name="password"'),
    code: body.includes('value="code"'),
  });

  it('has every means in force, at its own level, until something is decided', async () => {
    const fresh = await startTestApp();
    try {
      expect(await fresh.means.inForce({})).to.deep.equal(fresh.methods);
    } finally {
      await fresh.destroy();
    }
  });

  it('switches at the instant of its date, in a sign-in under way and without a restart', async () => {
    const toMs = clock.nowMs() + 600_000;
    await decide('code', [{ toMs }]);
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    expect(offered(page.body)).to.deep.equal({ password: true, code: true });
    const second = await visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD });
    expect(second.forms[0]?.id).to.equal('code');
    const code = await codeSentTo(app, `${CLAIRE}@chu.example`);
    clock.advance(600);
    // The right code, a moment too late: the level of this application cannot be reached any more.
    const late = await visitor.browser.submit(second, 'code', { code }, STOP);
    expect(late.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    const { page: next } = await createVisitor(app).authorize();
    expect(offered(next.body)).to.deep.equal({ password: true, code: false });
  });

  it('neither offers nor takes a password that is switched off, and leaves its tries alone', async () => {
    const before = createVisitor(app);
    const { page: old } = await before.authorize();
    await decide('password', [{ fromMs: clock.nowMs() + 1_000_000 }]);
    const { page } = await createVisitor(app).authorize();
    expect(offered(page.body)).to.deep.equal({ password: false, code: true });
    const refused = await before.browser.submit(old, 'identify', { login: CLAIRE, password: PASSWORD });
    expect(refused.alertCode).to.equal('signin.method_unavailable');
  });

  it('leads back to the first page when the means that was chosen there is switched off meanwhile', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const chosen = await visitor.browser.submit(page, 'identify', { login: CLAIRE, method: 'code' });
    expect(chosen.forms[0]?.id).to.equal('code');
    await decide('code', []);
    const again = await visitor.browser.get(chosen.url);
    expect(again.forms[0]?.id).to.equal('identify');
    expect(offered(again.body)).to.deep.equal({ password: true, code: false });
  });

  it('asks again for what a means switched off had shown in the running session', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    await visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD }, STOP);
    await decide('password', []);
    const stepUp = await visitor.authorize();
    expect(stepUp.page.forms[0]?.id).to.equal('code');
    const code = await codeSentTo(app, `${CLAIRE}@chu.example`);
    const done = await visitor.browser.submit(stepUp.page, 'code', { code }, STOP);
    const { body } = await redeem(app, { ...stepUp, page: done, callback: done.url.searchParams });
    expect(payloadOf(body.id_token)['acr']).to.equal(ACR.code);
  });

  it('dates the level of a code alone', async () => {
    await decide('code', [{ acrAlone: ACR.code }, { acrAlone: ACR.pwd, fromMs: clock.nowMs() + 60_000 }]);
    const levelNow = async () => (await app.means.inForce({})).find(({ id }) => id === 'code')?.acrAlone;
    expect(await levelNow()).to.equal(ACR.code);
    clock.advance(60);
    expect(await levelNow()).to.equal(ACR.pwd);
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', { login: CLAIRE, method: 'code' });
    const code = await codeSentTo(app, `${CLAIRE}@chu.example`);
    const done = await visitor.browser.submit(asked, 'code', { code }, STOP);
    // A level lower than the application’s: the password is asked besides.
    expect(done.forms[0]?.id).to.equal('password');
  });

  it('lets an application or a network differ, the application first', async () => {
    const until = { toMs: clock.nowMs() - 1 };
    await decide('password', [until, { network: 'cancerologie' }, { application: 'docs', ...until }]);
    expect(await idsFor('dcc', 'cancerologie')).to.include('password');
    expect(await idsFor('docs', 'cancerologie')).not.to.include('password');
    expect(await idsFor('perinat', 'perinatalite')).not.to.include('password');
  });

  it('is changed by one of fifty who saw the same entry', async () => {
    const { revision: first } = await app.means.entry('code');
    for (const round of [0, 1]) {
      const { revision } = await app.means.entry('code');
      expect(revision).to.equal(first + round);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          app.means.decide('code', { periods: [{ toMs: clock.nowMs() + 1e9 + index }], revision }),
        ),
      );
      expect(outcomes.filter(Boolean)).to.have.length(1);
    }
  });

  it('tells another instance within a second', async () => {
    const other = createMeansRegistry({ ...app.services, methods: app.methods });
    expect(await other.inForce({})).to.have.length(app.methods.length);
    await decide('code', []);
    clock.advance(1);
    expect(await other.inForce({})).to.have.length(app.methods.length - 1);
  });
});
