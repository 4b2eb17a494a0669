import path from 'node:path';
import { expect } from 'chai';
import { coreSection } from '#config/index.ts';
import { generateSync } from 'otplib';
import type { Page } from '../../scripts/interop/browserless.ts';
import { ACR } from '#kernel/index.ts';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { filesOf } from '../security/recorder.ts';
import { codeSentTo, createVisitor, payloadOf, redeem, type Visitor } from '../support/relying-party.ts';

const STOP = { stopAt: REDIRECT_URI };
const CHOSEN = 'Ornithorynque-7-violet!';
const PHONE = '+33600000009';
const NEUF = 'neuf.nouveau@chu.example';

describe('a second means', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion();
    const [dcc] = region.applications;
    Object.assign(dcc ?? {}, { minimum_acr: ACR.mfa });
    const neuf = region.accounts.find(({ sub }) => sub === 'acc-neuf');
    const autre = { sub: 'acc-autre', login: 'autre.nouveau', email: 'autre@chu.example' };
    const joint = { sub: 'acc-joint', login: 'joint.nouveau', email: 'joint@chu.example', phone: PHONE };
    const codes = { sub: 'acc-codes', login: 'codes.nouveau', email: 'codes@chu.example' };
    const later = {
      sub: 'acc-later',
      login: 'codes.ancien',
      email: 'ancien@chu.example',
      must_change_password: false,
    };
    for (const person of [autre, joint, codes, later]) region.accounts.push({ ...neuf, ...person } as never);
    app = await startTestApp({ region });
  });
  after(() => app.destroy());

  const keyIn = ({ body }: Page) =>
    (/<code class="key"[^>]*>([^<]+)</u.exec(body)?.[1] ?? '').replaceAll(' ', '');
  function codeOf(secret: string): string {
    app.clock.advance(60);
    return generateSync({ secret, epoch: app.clock.now() });
  }
  const identify = async ({ browser }: Visitor, page: Page, login: string, password = PASSWORD) =>
    browser.submit(page, 'identify', { login, password }, STOP);

  let secret = '';

  it('is asked of who signs in for the first time where the application needs one, and reaches it at once', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    let page = await identify(visitor, started.page, 'neuf.nouveau');
    expect(page.forms[0]?.id).to.equal('enrol');
    expect(page.body).to.include('<svg');
    secret = keyIn(page);
    const wrong = await visitor.browser.submit(page, 'enrol', { totp: '000000' }, STOP);
    expect(wrong.alertCode).to.equal('signin.totp_wrong');
    expect(keyIn(wrong)).to.equal(secret);
    page = await visitor.browser.submit(wrong, 'enrol', { totp: codeOf(secret) }, STOP);
    expect(page.forms[0]?.id).to.equal('change-password');
    page = await visitor.browser.submit(
      page,
      'change-password',
      { new_password: CHOSEN, new_password_repeat: CHOSEN },
      STOP,
    );
    page = await visitor.browser.submit(page, 'terms', { accept: 'yes' }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    const claims = payloadOf(body.id_token);
    expect(claims).to.include({ acr: ACR.mfa });
    expect(claims['amr']).to.have.members(['pwd', 'otp', 'mfa']);
    const mails = (await app.mails()).filter(({ to }) => to === NEUF);
    expect(mails.some(({ text }) => text.includes('« Application de codes »'))).to.equal(true);
  });

  it('is asked for at the next sign-in: password and code reach mfa', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    let page = await identify(visitor, started.page, 'neuf.nouveau', CHOSEN);
    expect(page.forms[0]?.id).to.equal('totp');
    page = await visitor.browser.submit(page, 'totp', { code: '' }, STOP);
    expect(page.alertCode).to.equal('signin.totp_missing');
    const code = codeOf(secret);
    page = await visitor.browser.submit(page, 'totp', { code: code }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    expect(payloadOf(body.id_token)).to.include({ acr: ACR.mfa });
    const other = createVisitor(app);
    page = await identify(other, (await other.authorize()).page, 'neuf.nouveau', CHOSEN);
    page = await other.browser.submit(page, 'totp', { code: code }, STOP);
    expect(page.alertCode).to.equal('signin.totp_replayed');
  });

  it('is added by who came for the first time by a code alone, once they have shown the password', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    let page = await visitor.browser.submit(started.page, 'identify', {
      login: 'codes.nouveau',
      method: 'code',
    });
    page = await visitor.browser.submit(
      page,
      'code',
      { code: await codeSentTo(app, 'codes@chu.example') },
      STOP,
    );
    expect(page.forms[0]?.id).to.equal('password');
    const wrong = await visitor.browser.submit(page, 'password', { password: 'Faux-2026!' }, STOP);
    expect(wrong.alertCode).to.equal('signin.credentials_refused');
    page = await visitor.browser.submit(wrong, 'password', { password: PASSWORD }, STOP);
    expect(page.forms[0]?.id).to.equal('enrol');
    page = await visitor.browser.submit(page, 'enrol', { totp: codeOf(keyIn(page)) }, STOP);
    expect(page.forms[0]?.id).to.equal('change-password');
  });

  it('is not led to by the password after the first sign-in: the level cannot be reached, as before', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    const page = await visitor.browser.submit(started.page, 'identify', {
      login: 'codes.ancien',
      method: 'code',
    });
    const code = await codeSentTo(app, 'ancien@chu.example');
    const refused = await visitor.browser.submit(page, 'code', { code }, STOP);
    expect(refused.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
  });

  it('comes after the password for who came by a code alone: each is asked for once, and says what follows', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    const asked = { login: 'neuf.nouveau', method: 'code' };
    let page = await visitor.browser.submit(started.page, 'identify', asked, STOP);
    page = await visitor.browser.submit(page, 'code', { code: await codeSentTo(app, NEUF) }, STOP);
    expect(page.forms[0]?.id).to.equal('password');
    expect(page.body).to.include('en deux étapes');
    page = await visitor.browser.submit(page, 'password', { password: 'faux' }, STOP);
    expect(page.alertCode).to.equal('signin.credentials_refused');
    page = await visitor.browser.submit(page, 'password', { password: CHOSEN }, STOP);
    expect(page.forms[0]?.id).to.equal('totp');
    page = await visitor.browser.submit(page, 'totp', { code: codeOf(secret) }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    expect(payloadOf(body.id_token)).to.include({ acr: ACR.mfa });
  });

  it('is not asked of who reaches the level by what they have, from whichever end they begin', async () => {
    const visitor = createVisitor(app);
    let page = await identify(visitor, (await visitor.authorize()).page, 'joint.nouveau');
    expect(page.forms[0]?.id).to.equal('code');
    expect(page.body).to.include('•••• 09');
    const other = createVisitor(app);
    const { page: first } = await other.authorize();
    const asked = { login: 'joint.nouveau', method: 'code' };
    page = await other.browser.submit(first, 'identify', asked, STOP);
    const mailed = { code: await codeSentTo(app, 'joint@chu.example') };
    page = await other.browser.submit(page, 'code', mailed, STOP);
    expect(page.forms[0]?.id).to.equal('password');
    page = await other.browser.submit(page, 'password', { password: PASSWORD }, STOP);
    expect(page.forms[0]?.id).to.equal('code');
    page = await other.browser.submit(page, 'code', { code: await codeSentTo(app, PHONE) }, STOP);
    expect(page.forms[0]?.id).to.equal('change-password');
  });

  it('is never offered to who has only a password after the first sign-in: they are told whom to ask', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    const page = await identify(visitor, started.page, 'claire.dupont');
    expect(page.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    expect(await app.factors.list('acc-claire')).to.deep.equal([]);
  });

  it('may be added again at sign-in once the cool-down after a loss is over, and no sooner', async () => {
    await app.factors.resets.begin('acc-neuf', 'acc-admin');
    const early = createVisitor(app);
    const refused = await identify(early, (await early.authorize()).page, 'neuf.nouveau', CHOSEN);
    expect(refused.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    app.clock.advance(86_400);
    const visitor = createVisitor(app);
    const page = await identify(visitor, (await visitor.authorize()).page, 'neuf.nouveau', CHOSEN);
    expect(page.forms[0]?.id).to.equal('enrol');
    expect(keyIn(page)).not.to.equal(secret);
  });

  it('is forgotten with the account that is closed, and stays while one is only suspended', async () => {
    const { professionals } = app.services.directory;
    const become = (status: 'active' | 'suspended' | 'closed') =>
      professionals.update('acc-autre', before => ({ ...before, status }));
    await app.factors
      .kind('passkey', 3)
      .add({ account: 'acc-autre', name: 'Clé', countsAt: 0, handle: 'k', data: {} });
    await app.factors.kind('totp', 3).add({ account: 'acc-claire', name: 'Autre', countsAt: 0, data: {} });
    try {
      await become('suspended');
      await app.jobs.runNow('methods.closed-accounts');
      expect(await app.factors.list('acc-autre')).to.have.length(1);
      await become('closed');
      await app.jobs.runNow('methods.closed-accounts');
      expect(await app.factors.list('acc-autre')).to.deep.equal([]);
      expect(await app.factors.list('acc-claire')).to.have.length(1);
      const about = { account: 'acc-autre', type: 'methods.factor.removed', limit: 5, months: 1 };
      const noted = await app.services.audit.newest(about);
      expect(noted.map(({ actor, data }) => [actor, data?.['method']])).to.deep.equal([
        ['system', 'passkey'],
      ]);
    } finally {
      await become('active');
      for (const { ref } of await app.factors.list('acc-claire')) await app.factors.remove('acc-claire', ref);
    }
  });

  it('takes a confirmation of an older tab for nothing', async () => {
    const [one, two] = [createVisitor(app), createVisitor(app)];
    const first = await identify(one, (await one.authorize()).page, 'autre.nouveau');
    const second = await identify(two, (await two.authorize()).page, 'autre.nouveau');
    expect(keyIn(first)).not.to.equal(keyIn(second));
    const done = await one.browser.submit(first, 'enrol', { totp: codeOf(keyIn(first)) }, STOP);
    expect(done.forms[0]?.id).to.equal('change-password');
    const stale = await two.browser.submit(second, 'enrol', { totp: codeOf(keyIn(second)) }, STOP);
    expect(stale.forms[0]?.id).to.equal('totp');
    expect(await app.factors.list('acc-autre')).to.have.length(1);
  });

  it('leaves its key in no log, line of the trail, mail or file', async () => {
    expect(secret).to.have.length.greaterThan(15);
    const { items } = await app.services.audit.list({ limit: 1000 });
    const { storeUrl } = app.services.config.of(coreSection);
    const store = storeUrl.startsWith('sqlite:') ? await filesOf(path.dirname(storeUrl.slice(7))) : [];
    const outputs = [
      ...store,
      { where: 'log', text: app.log() },
      { where: 'trail', text: JSON.stringify(items) },
      { where: 'mails', text: JSON.stringify(await app.mails()) },
      ...(await filesOf(app.dataDir)),
    ];
    for (const { where, text } of outputs)
      for (const hidden of [secret, CHOSEN]) expect(text.includes(hidden), where).to.equal(false);
    expect(JSON.stringify(items)).to.include('methods.factor.added');
  });
});
