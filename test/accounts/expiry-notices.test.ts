import { createExpiryNotices, type ExpiryNotices } from '#accounts/index.ts';
import { createNotify, createOutbox, openDemoChannel } from '#notify/index.ts';
import { expect } from 'chai';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

const DAY = 86_400;
const CLAIRE = 'claire.dupont@chu.example';
const JOB = 'accounts.expiry-notices';

describe('the notices of a password that ends', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: exampleRegion({ colleagues: ['nora.imposee'] }) });
  });
  after(() => app.destroy());

  async function noticesTo(address: string) {
    const mails = await app.mails();
    return mails.filter(mail => mail.to === address && mail.subject.includes('expire')).length;
  }

  /** To the middle of the day that ends that many days before Claire's password does. */
  async function goTo(daysBefore: number): Promise<void> {
    const claire = await app.services.accounts.get('acc-claire');
    const { expiresAt = 0 } = claire ? app.services.accounts.passwordState(claire) : {};
    app.clock.advance(expiresAt - daysBefore * DAY + DAY / 2 - app.clock.now());
  }

  /** What another process has beside this one: its own outbox and sender on the same store. */
  function anotherInstance(): ExpiryNotices {
    const { services, issuer } = app;
    const outbox = createOutbox(services);
    const notify = createNotify({
      outbox,
      channels: { email: openDemoChannel(services) },
      smsPrefixes: [],
      templates: app.mailTemplates,
      region: () => services.directory.region(),
      label: 'demonstration',
    });
    return createExpiryNotices({ ...services, notify, months: 4, issuer });
  }

  it('leave 14, 7 and 1 day before, once each, over fifty runs of another instance', async () => {
    const other = anotherInstance();
    const counts: number[] = [];
    for (const daysBefore of [15, 14, 13, 7, 2, 1]) {
      await goTo(daysBefore);
      await Promise.all([app.jobs.runNow(JOB), ...Array.from({ length: 50 }, () => other.send())]);
      await app.jobs.runNow(JOB);
      counts.push(await noticesTo(CLAIRE));
    }
    expect(counts).to.deep.equal([0, 1, 1, 2, 2, 3]);
    await goTo(-1);
    await app.jobs.runNow(JOB);
    expect(await noticesTo(CLAIRE)).to.equal(3);
    const tooSoonTold = await Promise.all(
      ['clos.ferme', 'neuf.nouveau', 'sans.mdp'].map(login => noticesTo(`${login}@chu.example`)),
    );
    expect(tooSoonTold).to.deep.equal([0, 0, 0]);
  });

  it('begin again with the password that follows; what a stop has overtaken is not sent afterwards', async () => {
    await app.services.accounts.changePassword('acc-claire', 'Tavo-kiru-demo-47', {
      reason: 'expired',
      actor: 'acc-claire',
    });
    await goTo(5);
    await app.jobs.runNow(JOB);
    await app.jobs.runNow(JOB);
    expect(await noticesTo(CLAIRE)).to.equal(4);
    const newest = (await app.mails()).find(({ to }) => to === CLAIRE);
    expect(newest?.subject).to.include('dans 5 jours');
  });

  it('a password that an administrator has ended opens the page on which another is chosen, and no second means', async () => {
    const { accounts } = app.services;
    await accounts.changePassword('acc-nora-imposee', 'Tavo-kiru-demo-48', {
      reason: 'chosen',
      actor: 'acc-nora-imposee',
    });
    await accounts.expirePassword('acc-nora-imposee');
    const account = await accounts.get('acc-nora-imposee');
    if (!account) throw new Error('no such account');
    expect(accounts.passwordState(account)).to.include({ mustChange: true, reason: 'imposed' });
    expect(await accounts.isAtFirstSignIn(account)).to.equal(false);
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize({ client_id: 'docs', scope: 'openid' });
    const change = await browser.submit(page, 'identify', {
      login: 'nora.imposee',
      password: 'Tavo-kiru-demo-48',
    });
    expect(change.forms[0]?.id).to.equal('change-password');
    const same = await browser.submit(change, 'change-password', {
      new_password: PASSWORD,
      new_password_repeat: PASSWORD,
    });
    expect(same.alertCode).to.equal('signin.password_refused');
    const chosen = 'Autre-kiru-demo-49';
    await browser.submit(
      same,
      'change-password',
      { new_password: chosen, new_password_repeat: chosen },
      { stopAt: 'http://localhost:9/' },
    );
    const after = await accounts.get('acc-nora-imposee');
    expect(after && accounts.passwordState(after).mustChange).to.equal(false);
  });
});
