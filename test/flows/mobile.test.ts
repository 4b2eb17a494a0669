import { expect } from 'chai';
import { hasUnprovenPhone } from '#directory/index.ts';
import { ACR } from '#kernel/index.ts';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

const STOP = { stopAt: REDIRECT_URI };
const CHOSEN = 'Ornithorynque-7-violet!';
/** Each with a number that the file does not vouch for, in this order: +33611000001… */
const PEOPLE = [
  'ada.prouve',
  'bea.course',
  'cleo.reporte',
  'dan.corrige',
  'eve.fixe',
  'fay.compte',
  'gil.second',
  'hal.seul',
  'ida.occupe',
  'jo.essais',
];
const numberOf = (login: string) => `+336110000${String(PEOPLE.indexOf(login) + 1).padStart(2, '0')}`;

describe('proving the mobile that somebody else wrote', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion({ colleagues: PEOPLE });
    const isNew = (login: string) => ['dan.corrige', 'ida.occupe'].includes(login);
    app = await startTestApp({
      region: {
        ...region,
        accounts: region.accounts.map(account => ({
          ...account,
          ...(PEOPLE.includes(account.login) && { phone: numberOf(account.login), phone_verified: false }),
          ...(isNew(account.login) && { must_change_password: true }),
          ...(account.login === 'claire.dupont' && { phone: '+33611009999' }),
        })),
      },
      env: { TROUSSEAU_CODE_RESEND: '10min' },
    });
  });
  after(() => app.destroy());

  const personOf = async (login: string) => {
    const person = await app.services.directory.professionals.get(`acc-${login.replace('.', '-')}`);
    if (!person) throw new Error(`nobody is ${login}`);
    return person;
  };
  const isUnproven = async (login: string) => hasUnprovenPhone(await personOf(login));
  const isDone = ({ url }: Page) => url.href.startsWith(REDIRECT_URI) && url.searchParams.has('code');

  /** Signs in by password, with a code by e-mail where one is asked; resolves to what follows. */
  async function reach(login: string, { browser, authorize } = createVisitor(app), params = {}) {
    const { page: first } = await authorize({ client_id: 'docs', ...params });
    let page = await browser.submit(first, 'identify', { login, password: PASSWORD }, STOP);
    if (page.forms[0]?.id === 'change-password') {
      const chosen = { new_password: CHOSEN, new_password_repeat: CHOSEN };
      page = await browser.submit(page, 'change-password', chosen, STOP);
    }
    return { browser, page };
  }
  const ask = (browser: Browserless, page: Page, mobile = '') =>
    browser.submit(page, 'mobile', { mobile }, STOP);
  const prove = async (browser: Browserless, page: Page, number: string) =>
    browser.submit(page, 'mobile-code', { mobile_code: await codeSentTo(app, number) }, STOP);

  it('is a step after the règlement: a code by SMS, once, and never asked again', async () => {
    const { browser, page } = await reach('ada.prouve');
    expect(page.forms[0]?.id).to.equal('mobile');
    expect(page.body).to.include('06 11 00 00 01');
    const asked = await ask(browser, page);
    expect(asked.forms[0]?.id).to.equal('mobile-code');
    const wrong = await browser.submit(asked, 'mobile-code', { mobile_code: '12' }, STOP);
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'signin.code_malformed']);
    const soon = await browser.submit(wrong, 'mobile-code', { resend: '1' }, STOP);
    expect(soon.alertCode).to.equal('signin.resend_too_soon');
    expect(await prove(browser, soon, numberOf('ada.prouve')).then(isDone)).to.equal(true);
    expect(await isUnproven('ada.prouve')).to.equal(false);
    expect(isDone((await reach('ada.prouve')).page)).to.equal(true);
  });

  it('takes one of fifty right codes at once', async () => {
    const { browser, page } = await reach('bea.course');
    const asked = await ask(browser, page);
    const code = await codeSentTo(app, numberOf('bea.course'));
    const before = await provenCount();
    await Promise.all(
      Array.from({ length: 50 }, () => browser.submit(asked, 'mobile-code', { mobile_code: code }, STOP)),
    );
    expect((await provenCount()) - before).to.equal(1);
    expect(await isUnproven('bea.course')).to.equal(false);
  });
  const provenCount = async () => {
    const account = 'acc-bea-course';
    return (await app.services.audit.newest({ account, type: 'signin.mobile.proven', limit: 50, months: 2 }))
      .length;
  };

  it('is put off once for all sign-ins, and stays to be done on the page of the account', async () => {
    const { browser, page } = await reach('cleo.reporte');
    const later = await browser.submit(page, 'mobile', { later: '1' }, STOP);
    expect(isDone(later)).to.equal(true);
    expect(isDone((await reach('cleo.reporte')).page)).to.equal(true);
    expect(await isUnproven('cleo.reporte')).to.equal(true);
    const account = await browser.get(`${app.issuer}/account`);
    expect(account.body).to.include('Non vérifié');
  });

  it('lets who signs in for the first time correct the number, which the mail lets them take back', async () => {
    const { browser, page } = await reach('dan.corrige');
    const malformed = await ask(browser, page, '12');
    expect(malformed.alertCode).to.equal('signin.mobile_invalid');
    const taken = await ask(browser, malformed, '06 11 00 99 99');
    const refused = await prove(browser, taken, '+33611009999');
    expect(refused.alertCode).to.equal('signin.mobile_taken');
    const again = await browser.submit(refused, 'mobile-code', { correct: '1' }, STOP);
    const asked = await ask(browser, again, '06 22 00 00 01');
    expect(await prove(browser, asked, '+33622000001').then(isDone)).to.equal(true);
    const { phone, newPhone } = await personOf('dan.corrige');
    expect(phone).to.equal('+33622000001');
    expect(newPhone?.countsAt).to.be.at.most(app.clock.now());
    const link = /https?:\S+\/account\/objection\/\S+/u.exec(
      await app.mailTo('dan.corrige@chu.example'),
    )?.[0];
    const { browser: owner } = createVisitor(app);
    await owner.submit(await owner.get(link ?? ''), 'objection');
    expect((await personOf('dan.corrige')).phone).to.equal(numberOf('dan.corrige'));
    expect(await isUnproven('dan.corrige')).to.equal(true);
  });

  it('sends a later password alone to the number that is there, whatever number is posted', async () => {
    const { browser, page } = await reach('eve.fixe');
    const asked = await ask(browser, page, '06 66 66 66 66');
    expect(asked.body).to.include('06 11 00 00 05').and.not.to.include('06 66');
    expect((await app.mails()).some(({ to }) => to === '+33666666666')).to.equal(false);
    expect(await prove(browser, asked, numberOf('eve.fixe')).then(isDone)).to.equal(true);
  });

  it('is done on the page of the account too, where no SMS to that number is asked for first', async () => {
    const { browser, page } = await reach('fay.compte');
    await browser.submit(page, 'mobile', { later: '1' }, STOP);
    let contact = await browser.get(`${app.issuer}/account/contact`);
    const code = () => codeSentTo(app, 'fay.compte@chu.example');
    if (contact.forms[0]?.id === 'password')
      contact = await browser.submit(contact, 'password', { password: PASSWORD });
    contact = await browser.submit(contact, 'code', { code: await code() });
    const asked = await browser.submit(contact, 'prove-form');
    const proof = { code: await codeSentTo(app, numberOf('fay.compte')) };
    const done = await browser.submit(asked, 'code', proof);
    expect(done.url.search).to.equal('?done=proven');
    expect(await isUnproven('fay.compte')).to.equal(false);
    expect(
      (await app.mails()).some(({ to, text }) => to === 'fay.compte@chu.example' && /objection/u.test(text)),
    ).to.equal(false);
  });

  it('is done by using the number as second step, so that nobody is asked twice', async () => {
    const { browser, page } = await reach('gil.second', createVisitor(app), { acr_values: ACR.mfa });
    expect(page.forms[0]?.id).to.equal('code');
    const code = await codeSentTo(app, numberOf('gil.second'));
    expect(isDone(await browser.submit(page, 'code', { code }, STOP))).to.equal(true);
    expect(await isUnproven('gil.second')).to.equal(false);
  });

  it('comes before a code alone: nothing is sent to a number that may be somebody else’s', async () => {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const asked = await browser.submit(page, 'identify', { login: 'hal.seul', method: 'sms' }, STOP);
    expect(asked.forms[0]?.id).to.equal('code');
    expect((await app.mails()).some(({ to }) => to === numberOf('hal.seul'))).to.equal(false);
  });

  it('is no way around the steps before it', async () => {
    const { browser, page } = await reach('ida.occupe');
    const csrf = page.forms[0]?.fields['csrf'] ?? '';
    const skipped = await browser.post(
      page.url.href,
      new URLSearchParams({ csrf, mobile_code: '123456' }),
      STOP,
    );
    expect(skipped.forms[0]?.id).to.equal('mobile');
    expect(await isUnproven('ida.occupe')).to.equal(true);
  });

  it('takes as many answers as any code does', async () => {
    const { browser, page } = await reach('jo.essais');
    let asked = await ask(browser, page);
    const right = await codeSentTo(app, numberOf('jo.essais'));
    const wrong = right === '000000' ? '111111' : '000000';
    for (let tries = 0; tries < 5; tries++)
      asked = await browser.submit(asked, 'mobile-code', { mobile_code: wrong }, STOP);
    expect(asked.alertCode).to.equal('signin.code_exhausted');
    asked = await browser.submit(asked, 'mobile-code', { mobile_code: right }, STOP);
    expect(asked.alertCode).to.equal('signin.code_exhausted');
    expect(await isUnproven('jo.essais')).to.equal(true);
  });
});
