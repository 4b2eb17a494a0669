import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { listenForLogout, type LogoutListener } from '../support/logout-listener.ts';
import { codeSentTo, createVisitor, redeem, type Visitor } from '../support/relying-party.ts';

const DAY = 86_400;
const LUC = '/admin/people/acc-luc';
const STOP = { stopAt: 'http://localhost:9/' };

/** One physician from a change of name to the end, by the pages of the region's administrator. The death of a card is told in card.test.ts. */
describe('the life of an account', () => {
  let app: TestApp;
  let party: LogoutListener;
  let anne: Seat;
  before(async () => {
    party = await listenForLogout();
    const region = administeredRegion();
    Object.assign(region.applications[0] ?? {}, { backchannel_logout_uri: party.url });
    app = await startTestApp({ region });
  });
  after(async () => {
    await app.destroy();
    await party.close();
  });
  beforeEach(async () => {
    anne = await seatOf(app, 'anne');
  });

  const signIn = (visitor: Visitor) => visitor.signIn('luc.test');
  async function act(path: string, reason = 'Essai de la vie d’un compte') {
    const page = await anne.get(`${LUC}/${path}`);
    return anne.browser.submit(page, 'confirm', { reason });
  }
  /** Whether the session of a browser still opens the application without a page. */
  const isSignedIn = async (visitor: Visitor) => (await visitor.authorize()).callback.has('code');
  /** What is asked after the password and the code, on a browser of its own; `null` for nothing. */
  async function stepAfterCode(): Promise<string | null> {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const second = await browser.submit(page, 'identify', { login: 'luc.test', password: PASSWORD });
    const code = await codeSentTo(app, 'luc.test@chu.example');
    return (await browser.submit(second, 'code', { code }, STOP)).forms[0]?.id ?? null;
  }

  it('changes its name and keeps its login, its session and its password', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await signIn(visitor));
    const form = await anne.get(`${LUC}/edit`);
    const done = await anne.browser.submit(form, 'identity', { family_name: 'Nouveau' });
    expect(done.url.pathname).to.equal(LUC);
    const headers = { Authorization: `Bearer ${String(body.access_token)}` };
    const claims = await (await fetch(`${app.issuer}/oidc/userinfo`, { headers })).json();
    expect(claims).to.include({ family_name: 'Nouveau', preferred_username: 'luc.test' });
    expect(await isSignedIn(visitor)).to.equal(true);
  });

  it('stands in at another establishment from a day to a day, and is asked where it works between the two', async () => {
    const dayIn = (days: number) =>
      new Date(app.clock.nowMs() + days * DAY * 1000).toISOString().slice(0, 10);
    const form = await anne.get(`${LUC}/memberships/new?network=cancerologie&organisation=chu`);
    const done = await anne.browser.submit(form, 'profile', {
      profile: 'utilisateur_cancerologie',
      from: dayIn(2),
      until: dayIn(5),
    });
    expect(done.url.search).to.equal('?done=given');
    expect(await stepAfterCode()).to.equal(null);
    app.clock.advance(3 * DAY);
    expect(await stepAfterCode()).to.equal('situation');
    app.clock.advance(5 * DAY);
    expect(await stepAfterCode()).to.equal(null);
  });

  it('is suspended: sessions end and applications are told; opened again, it signs in as before and brings none back', async () => {
    const visitor = createVisitor(app);
    await signIn(visitor);
    const told = party.tokens.length;
    await act('suspend');
    expect(await isSignedIn(visitor)).to.equal(false);
    await app.jobs.runNow('oidc.revoked-sessions');
    await app.outbox.drain();
    expect(party.tokens.length).to.be.greaterThan(told);
    await act('reactivate');
    expect(await isSignedIn(visitor)).to.equal(false);
    expect(await isSignedIn(visitor)).to.equal(false);
    await signIn(visitor);
    expect(await isSignedIn(visitor)).to.equal(true);
  });

  it('has its password ended: the session goes on, and the next sign-in asks for another', async () => {
    const visitor = createVisitor(app);
    await signIn(visitor);
    await act('expire-password');
    expect(await isSignedIn(visitor)).to.equal(true);
    expect(await stepAfterCode()).to.equal('change-password');
  });

  it('is closed for ever: nobody signs in by it, it is not opened again, and its login is nobody else’s', async () => {
    await act('close');
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const refused = await browser.submit(page, 'identify', { login: 'luc.test', password: PASSWORD });
    expect(refused.alertCode).to.equal('signin.credentials_refused');
    await anne.browser.post(`${app.issuer}${LUC}/reactivate`, new URLSearchParams());
    const { accounts, directory } = app.services;
    expect((await directory.professionals.get('acc-luc'))?.status).to.equal('closed');
    expect(await accounts.loginHolder('luc.test')).to.equal('acc-luc');
  });
});
