import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, redeem, type Visitor } from '../support/relying-party.ts';

const MFA = { acr_values: 'urn:trousseau:acr:mfa' };
const STOP = { stopAt: 'http://localhost:9/' };

/** The example region with these telephones and e-mail addresses, by login, and a person for each login that it lacks. */
function regionWith(people: Readonly<Record<string, { phone: string; email?: string }>>) {
  const there = exampleRegion().accounts.map(({ login }) => login);
  const region = exampleRegion({ colleagues: Object.keys(people).filter(login => !there.includes(login)) });
  return { ...region, accounts: region.accounts.map(account => ({ ...account, ...people[account.login] })) };
}

describe('a code by SMS', () => {
  const SHARED = '+33600000002';
  const email = 'secretariat@chu.example';
  let app: TestApp;
  // One service for all, each test with people of its own.
  before(async () => {
    app = await startTestApp({
      region: regionWith({
        'deux.facteurs': { phone: '+33600000001' },
        'choix.libre': { phone: '+33600000003' },
        'canal.autre': { phone: '+33600000004' },
        'claire.dupont': { phone: SHARED, email },
        'marc.lefevre': { phone: SHARED, email },
        'deux.lieux': { phone: '+33600000005' },
        'clos.ferme': { phone: '+33600000005' },
      }),
    });
  });
  after(() => app.destroy());

  /** Shows the password, and resolves to the page after it. */
  async function afterPassword(
    login: string,
    visitor: Visitor = createVisitor(app),
    params: Readonly<Record<string, string>> = {},
  ) {
    const started = await visitor.authorize(params);
    const page = await visitor.browser.submit(started.page, 'identify', { login, password: PASSWORD }, STOP);
    return { page, verifier: started.verifier };
  }
  const messagesTo = async (to: string, of = app) => (await of.mails()).filter(mail => mail.to === to);
  const offers = (page: Page) =>
    [...page.body.matchAll(/name="method" value="(\w+)"/gu)].map(([, value]) => value);

  it('after the password makes two factors, with the number masked', async () => {
    const visitor = createVisitor(app);
    const { page, verifier } = await afterPassword('deux.facteurs', visitor, MFA);
    expect(page.forms[0]?.id).to.equal('code');
    expect(page.body).to.include('•••• 01').and.not.to.include('+336');
    const code = await codeSentTo(app, '+33600000001');
    const end = await visitor.browser.submit(page, 'code', { code }, STOP);
    const { body } = await redeem(app, { page: end, verifier, callback: end.url.searchParams });
    const { acr, amr } = payloadOf(body.id_token);
    expect(acr).to.equal('urn:trousseau:acr:mfa');
    expect(amr).to.have.members(['pwd', 'sms', 'mfa']);
  });

  it('is a choice beside the e-mail, which stays the first, where both are enough', async () => {
    const phone = '+33600000003';
    const visitor = createVisitor(app);
    const { page } = await afterPassword('choix.libre', visitor);
    expect(offers(page)).to.deep.equal(['sms']);
    expect(await messagesTo(phone)).to.have.length(0);
    const chosen = await visitor.browser.submit(page, 'code', { method: 'sms' }, STOP);
    expect(offers(chosen)).to.deep.equal(['code']);
    expect(await messagesTo(phone)).to.have.length(1);
    const end = await visitor.browser.submit(chosen, 'code', { code: await codeSentTo(app, phone) }, STOP);
    expect(end.url.searchParams.get('code')).to.be.a('string');
  });

  it('never takes the code of one channel for that of the other', async () => {
    const visitor = createVisitor(app);
    const { page } = await afterPassword('canal.autre', visitor);
    const byMail = await codeSentTo(app, 'canal.autre@chu.example');
    const chosen = await visitor.browser.submit(page, 'code', { method: 'sms' }, STOP);
    const refused = await visitor.browser.submit(chosen, 'code', { code: byMail }, STOP);
    expect(refused.alertCode).to.equal('signin.code_wrong');
  });

  it('is not sent to a number that another active person has too, nor is a code to a shared address', async () => {
    const before = (await app.mails()).length;
    const { page } = await afterPassword('claire.dupont');
    expect(page.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    expect(await app.mails()).to.have.length(before);
  });

  it('is sent to a number whose other holder has left', async () => {
    const { page } = await afterPassword('deux.lieux', createVisitor(app), MFA);
    expect(page.forms[0]?.id).to.equal('code');
  });

  it('alone, to a shared number, shows the page of everybody and sends nothing', async () => {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const shown = await browser.submit(page, 'identify', { login: 'marc.lefevre', method: 'sms' }, STOP);
    expect(shown.forms[0]?.id).to.equal('code');
    expect(await messagesTo(SHARED)).to.have.length(0);
  });

  describe('set otherwise', () => {
    const LOGIN = 'claire.dupont';
    const region = regionWith({ [LOGIN]: { phone: '+33600000001' } });
    let other: TestApp;
    afterEach(() => other.destroy());

    it('is not offered for a number that is not written to', async () => {
      other = await startTestApp({ region, env: { TROUSSEAU_SMS_PREFIXES: '+32' } });
      expect(other.methods.map(({ id }) => id)).to.include('sms');
      const { page } = await afterPassword(LOGIN, createVisitor(other), MFA);
      expect(page.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    });

    it('is not offered without a gateway', async () => {
      other = await startTestApp({ region, env: { TROUSSEAU_SMS_CHANNEL: 'off' } });
      expect(other.methods.map(({ id }) => id)).not.to.include('sms');
    });

    it('past its limit says so and leaves the other means', async () => {
      other = await startTestApp({ region, env: { TROUSSEAU_CODE_SMS_PER_DAY: '1' } });
      for (const expected of [undefined, 'signin.too_many_codes']) {
        const visitor = createVisitor(other);
        const { page } = await afterPassword(LOGIN, visitor);
        const chosen = await visitor.browser.submit(page, 'code', { method: 'sms' }, STOP);
        expect(chosen.alertCode).to.equal(expected);
        const back = await visitor.browser.submit(chosen, 'code', { method: 'code' }, STOP);
        expect(back.alertCode).to.equal(undefined);
      }
      expect(await messagesTo('+33600000001', other)).to.have.length(1);
    });
  });
});
