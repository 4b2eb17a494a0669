import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, redeem, type Visitor } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const PHONE = '+33600000001';
const MFA = { acr_values: 'urn:trousseau:acr:mfa' };
const STOP = { stopAt: 'http://localhost:9/' };

/** The example region with these telephones, by account. */
function regionWith(phones: Readonly<Record<string, string>>, more: Readonly<Record<string, object>> = {}) {
  const region = exampleRegion();
  const accounts = region.accounts.map(account => ({
    ...account,
    phone: phones[account.sub],
    ...more[account.sub],
  }));
  return { ...region, accounts };
}

describe('a code by SMS', () => {
  let app: TestApp;
  let clock: ShiftedClock;
  async function start(region: object, env: Readonly<Record<string, string>> = {}): Promise<void> {
    clock = createShiftedClock();
    app = await startTestApp({ clock, region, env });
  }
  afterEach(() => app.destroy());

  /** Shows the password, and resolves to the page after it. */
  async function afterPassword(visitor: Visitor, params: Readonly<Record<string, string>> = {}) {
    const started = await visitor.authorize(params);
    const page = await visitor.browser.submit(
      started.page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      STOP,
    );
    return { page, verifier: started.verifier };
  }
  const messagesTo = async (to: string) => (await app.mails()).filter(mail => mail.to === to);
  const offers = (page: Page) =>
    [...page.body.matchAll(/name="method" value="(\w+)"/gu)].map(([, value]) => value);

  it('after the password makes two factors, with the number masked', async () => {
    await start(regionWith({ 'acc-claire': PHONE }));
    const visitor = createVisitor(app);
    const { page, verifier } = await afterPassword(visitor, MFA);
    expect(page.forms[0]?.id).to.equal('code');
    expect(page.body).to.include('•••• 01').and.not.to.include('+336');
    const code = await codeSentTo(app, PHONE);
    const end = await visitor.browser.submit(page, 'code', { code }, STOP);
    const { body } = await redeem(app, { page: end, verifier, callback: end.url.searchParams });
    const { acr, amr } = payloadOf(body.id_token);
    expect(acr).to.equal('urn:trousseau:acr:mfa');
    expect(amr).to.have.members(['pwd', 'sms', 'mfa']);
  });

  it('is a choice beside the e-mail, which stays the first, where both are enough', async () => {
    await start(regionWith({ 'acc-claire': PHONE }));
    const visitor = createVisitor(app);
    const { page } = await afterPassword(visitor);
    expect(offers(page)).to.deep.equal(['sms']);
    expect(await messagesTo(PHONE)).to.have.length(0);
    const chosen = await visitor.browser.submit(page, 'code', { method: 'sms' }, STOP);
    expect(offers(chosen)).to.deep.equal(['code']);
    expect(await messagesTo(PHONE)).to.have.length(1);
    const end = await visitor.browser.submit(chosen, 'code', { code: await codeSentTo(app, PHONE) }, STOP);
    expect(end.url.searchParams.get('code')).to.be.a('string');
  });

  it('never takes the code of one channel for that of the other', async () => {
    await start(regionWith({ 'acc-claire': PHONE }));
    const visitor = createVisitor(app);
    const { page } = await afterPassword(visitor);
    const byMail = await codeSentTo(app, `${CLAIRE}@chu.example`);
    const chosen = await visitor.browser.submit(page, 'code', { method: 'sms' }, STOP);
    const refused = await visitor.browser.submit(chosen, 'code', { code: byMail }, STOP);
    expect(refused.alertCode).to.equal('signin.code_wrong');
  });

  it('is not sent to a number that another active person has too, nor is a code to a shared address', async () => {
    const email = 'secretariat@chu.example';
    await start(
      regionWith(
        { 'acc-claire': PHONE, 'acc-marc': PHONE },
        { 'acc-claire': { email }, 'acc-marc': { email } },
      ),
    );
    const { page } = await afterPassword(createVisitor(app));
    expect(page.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    expect(await app.mails()).to.have.length(0);
  });

  it('is sent to a number whose other holder has left', async () => {
    await start(regionWith({ 'acc-claire': PHONE, 'acc-clos': PHONE }));
    const { page } = await afterPassword(createVisitor(app), MFA);
    expect(page.forms[0]?.id).to.equal('code');
  });

  it('alone, to a shared number, shows the page of everybody and sends nothing', async () => {
    await start(regionWith({ 'acc-claire': PHONE, 'acc-marc': PHONE }));
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const shown = await browser.submit(page, 'identify', { login: CLAIRE, method: 'sms' }, STOP);
    expect(shown.forms[0]?.id).to.equal('code');
    expect(await messagesTo(PHONE)).to.have.length(0);
  });

  it('is not offered without a gateway, nor to a number that is not written to', async () => {
    await start(regionWith({ 'acc-claire': '+33600000001' }), { TROUSSEAU_SMS_PREFIXES: '+32' });
    expect(app.methods.map(({ id }) => id)).to.include('sms');
    const { page } = await afterPassword(createVisitor(app), MFA);
    expect(page.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    await app.destroy();
    await start(regionWith({ 'acc-claire': PHONE }), { TROUSSEAU_SMS_CHANNEL: 'off' });
    expect(app.methods.map(({ id }) => id)).not.to.include('sms');
  });

  it('past its limit says so and leaves the other means', async () => {
    await start(regionWith({ 'acc-claire': PHONE }), { TROUSSEAU_CODE_SMS_PER_DAY: '1' });
    for (const expected of [undefined, 'signin.too_many_codes']) {
      const { browser, ...visitor } = createVisitor(app);
      const { page } = await afterPassword({ browser, ...visitor });
      const chosen = await browser.submit(page, 'code', { method: 'sms' }, STOP);
      expect(chosen.alertCode).to.equal(expected);
      const back = await browser.submit(chosen, 'code', { method: 'code' }, STOP);
      expect(back.alertCode).to.equal(undefined);
    }
    expect(await messagesTo(PHONE)).to.have.length(1);
  });
});
