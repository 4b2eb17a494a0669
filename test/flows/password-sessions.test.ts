import { expect } from 'chai';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, redeem, type Visitor } from '../support/relying-party.ts';
import { copySession } from '../support/session-copies.ts';

const CHOSEN = 'Belette-2027!';
const STOP = { stopAt: REDIRECT_URI };
/** More than any page of a listing. */
const MANY = 130;

describe('a password that runs out', () => {
  it('is asked for at the next sign-in, and not of a running session', async () => {
    const app = await startTestApp();
    try {
      const account = await app.services.accounts.get('acc-claire');
      const { expiresAt = 0 } = account ? app.services.accounts.passwordState(account) : {};
      app.clock.advance(expiresAt - app.clock.now() - 60);
      const visitor = createVisitor(app);
      await visitor.signIn('claire.dupont');
      app.clock.advance(61);
      expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
      const again = await visitor.authorize({ prompt: 'login' });
      const asked = await visitor.browser.submit(again.page, 'password', { password: PASSWORD });
      expect(asked.forms[0]?.id).to.equal('change-password');
    } finally {
      await app.destroy();
    }
  });
});

describe('a changed password', () => {
  let app: TestApp;
  let visitor: Visitor;
  let login: string;
  let sub: string;
  const unused = ['anne.une', 'bruno.deux', 'chloe.trois', 'denis.quatre'];
  before(async () => {
    app = await startTestApp({ region: exampleRegion({ colleagues: unused }) });
  });
  after(() => app.destroy());
  beforeEach(async () => {
    login = unused.pop() ?? expect.fail('one more colleague is needed');
    sub = `acc-${login.replace('.', '-')}`;
    visitor = createVisitor(app);
    await visitor.signIn(login);
    const [session] = await app.oidc.sessions.list(sub);
    await copySession(app, session?.uid ?? '', MANY);
    expect(await app.oidc.sessions.list(sub)).to.have.length(MANY + 1);
  });

  const imposePassword = () => app.services.accounts.imposePassword(sub, { actor: 'test' });
  const uidsLeft = async () => (await app.oidc.sessions.list(sub)).map(({ uid }) => uid);
  const newPassword = { new_password: CHOSEN, new_password_repeat: CHOSEN };

  it('during a sign-in ends every session of before', async () => {
    const password = await imposePassword();
    const other = createVisitor(app);
    const started = await other.authorize();
    let page = await other.browser.submit(started.page, 'identify', { login, password });
    page = await other.browser.submit(page, 'code', { code: await codeSentTo(app, `${login}@chu.example`) });
    page = await other.browser.submit(page, 'change-password', newPassword, STOP);
    const { body } = await redeem(app, { ...started, callback: page.url.searchParams });
    const live = await app.oidc.sessions.findBySid(String(payloadOf(body.id_token)['sid']));
    expect(live?.accountId).to.equal(sub);
    expect(await uidsLeft()).to.deep.equal([live?.uid]);
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
  });

  it('during a sign-in again keeps the session of that browser', async () => {
    const password = await imposePassword();
    const [before] = await uidsLeft();
    const { page: asked } = await visitor.authorize({ prompt: 'login' });
    const page = await visitor.browser.submit(asked, 'password', { password });
    const done = await visitor.browser.submit(page, 'change-password', newPassword, STOP);
    expect(done.url.searchParams.get('code')).to.be.a('string');
    const left = await uidsLeft();
    expect(left).to.have.length(1);
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
    expect(before).to.be.a('string');
  });

  it('on the account page ends every other session', async () => {
    const page = await visitor.browser.get(`${app.issuer}/account/password`);
    const form = page.forms.find(({ fields }) => 'new_password' in fields)?.id ?? '';
    const done = await visitor.browser.submit(page, form, { password: PASSWORD, ...newPassword });
    expect(done.url.pathname).to.equal('/account');
    expect(await uidsLeft()).to.have.length(1);
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
  });

  it('leaves every other session to be closed at one word, on the page of sessions', async () => {
    const page = await visitor.browser.get(`${app.issuer}/account/sessions`);
    const form = page.forms.find(({ id }) => id === 'others')?.id ?? '';
    await visitor.browser.submit(page, form, { others: 'yes' });
    expect(await uidsLeft()).to.have.length(1);
  });
});
