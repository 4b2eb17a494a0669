import { expect } from 'chai';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

const COLLEAGUES = ['ada.adresse', 'bob.course', 'cleo.voleuse', 'dan.mobile', 'eve.occupee', 'fay.sans'];
const PHONE = '+33612340001';

describe('the page of one’s address and mobile', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({
      region: exampleRegion({ colleagues: COLLEAGUES }),
    });
  });
  after(() => app.destroy());

  const personOf = (login: string) =>
    app.services.directory.professionals.get(`acc-${login.replace('.', '-')}`);
  const mailOf = (login: string) => `${login}@chu.example`;
  const newOf = (login: string) => `${login}@nouveau.example`;

  /** Opens a page, proving oneself as it asks. */
  async function reach(browser: Browserless, login: string, path = '/account/contact'): Promise<Page> {
    let page = await browser.get(`${app.issuer}${path}`);
    for (let step = 0; step < 4; step++) {
      const form = page.forms[0]?.id;
      if (form === 'identify') page = await browser.submit(page, form, { login, password: PASSWORD });
      else if (form === 'password') page = await browser.submit(page, form, { password: PASSWORD });
      else if (form === 'code' && page.url.pathname.startsWith('/interaction/'))
        page = await browser.submit(page, form, { code: await codeSentTo(app, mailOf(login)) });
      else break;
    }
    return page;
  }

  async function change(login: string, value = newOf(login)) {
    const { browser } = createVisitor(app);
    const page = await reach(browser, login);
    const asked = await browser.submit(page, 'email-form', { email: value });
    return { browser, asked };
  }

  const objectionIn = async (login: string) =>
    /https?:\S+\/account\/objection\/\S+/u.exec(await app.mailTo(mailOf(login)))?.[0] ?? '';

  it('asks for a sign-in that proves the address of before, then for the code sent to the new one', async () => {
    const { browser, asked } = await change('ada.adresse');
    expect(asked.url.pathname).to.equal('/account/contact/email/code');
    expect((await personOf('ada.adresse'))?.email).to.equal(mailOf('ada.adresse'));
    const wrong = await browser.submit(asked, 'code', { code: '000000' });
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'signin.code_wrong']);
    const done = await browser.submit(wrong, 'code', { code: await codeSentTo(app, newOf('ada.adresse')) });
    expect(done.url.search).to.equal('?done=email');
    expect((await personOf('ada.adresse'))?.email).to.equal(newOf('ada.adresse'));
    expect(await objectionIn('ada.adresse')).to.match(/objection/u);
  });

  it('makes one change of fifty right codes at once', async () => {
    const { browser, asked } = await change('bob.course');
    const code = await codeSentTo(app, newOf('bob.course'));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => browser.submit(asked, 'code', { code })),
    );
    expect(answers.filter(({ url }) => url.search === '?done=email')).to.have.length(1);
    const told = (await app.mails()).filter(
      ({ to, text }) => to === mailOf('bob.course') && text.includes('/account/objection/'),
    );
    expect(told).to.have.length(1);
  });

  it('lets the address of before take it back once: what was there returns, sessions end, the password too', async () => {
    const { browser, asked } = await change('cleo.voleuse');
    await browser.submit(asked, 'code', { code: await codeSentTo(app, newOf('cleo.voleuse')) });
    const link = await objectionIn('cleo.voleuse');
    const owner = createVisitor(app).browser;
    const page = await owner.get(link);
    expect((await personOf('cleo.voleuse'))?.email).to.equal(newOf('cleo.voleuse'));
    const done = await owner.submit(page, 'objection');
    expect(done.status).to.equal(200);
    expect((await personOf('cleo.voleuse'))?.email).to.equal(mailOf('cleo.voleuse'));
    expect((await browser.get(`${app.issuer}/account`)).forms[0]?.id).to.equal('identify');
    const account = await app.services.accounts.get('acc-cleo-voleuse');
    expect(await app.services.accounts.verifyPassword(account, PASSWORD)).to.equal(false);
    expect((await owner.submit(page, 'objection')).status).to.equal(409);
  });

  it('takes a mobile that an SMS has proven; codes of a second factor go there only after the cool-down', async () => {
    const { browser } = createVisitor(app);
    const page = await reach(browser, 'dan.mobile');
    const landline = await browser.submit(page, 'phone-form', { phone: '12' });
    expect(landline.alertCode).to.equal('portal.phone_invalid');
    const asked = await browser.submit(landline, 'phone-form', { phone: '06 12 34 00 01' });
    expect(asked.url.pathname).to.equal('/account/contact/phone/code');
    const done = await browser.submit(asked, 'code', { code: await codeSentTo(app, PHONE) });
    expect(done.url.search).to.equal('?done=phone');
    const person = await personOf('dan.mobile');
    const account = await app.services.accounts.get('acc-dan-mobile');
    if (!person || !account) throw new Error('no such person');
    expect(person.phone).to.equal(PHONE);
    const sms = app.methods.find(({ id }) => id === 'sms');
    expect(await sms?.isAvailableTo({ account, professional: person })).to.equal(false);
    const waited = { ...person, newPhone: { number: PHONE, countsAt: app.clock.now() } };
    expect(await sms?.isAvailableTo({ account, professional: waited })).to.equal(true);
  });

  it('gives nobody the address of somebody else, nor tells of it before its mails are read', async () => {
    const { browser, asked } = await change('eve.occupee', 'claire.dupont@chu.example');
    expect(asked.url.pathname).to.equal('/account/contact/email/code');
    const refused = await browser.submit(asked, 'code', {
      code: await codeSentTo(app, 'claire.dupont@chu.example'),
    });
    expect(refused.alertCode).to.equal('portal.contact_taken');
    expect((await personOf('eve.occupee'))?.email).to.equal(mailOf('eve.occupee'));
  });

  it('changes nothing by other fields of the form, nor by a step that is not due', async () => {
    const { browser } = createVisitor(app);
    const page = await reach(browser, 'fay.sans');
    const csrf = page.forms[0]?.fields['csrf'] ?? '';
    const skipped = await browser.post(
      `${app.issuer}/account/contact/email/code`,
      new URLSearchParams({ csrf, code: '123456', email: newOf('fay.sans') }),
    );
    expect(skipped.url.pathname).to.equal('/account/contact');
    const forged = await browser.post(
      `${app.issuer}/account/contact/status`,
      new URLSearchParams({ csrf, status: 'closed' }),
    );
    expect(forged.status).to.equal(404);
    expect(await personOf('fay.sans')).to.include({ status: 'active', email: mailOf('fay.sans') });
  });
});
