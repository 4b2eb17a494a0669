import { expect } from 'chai';
import { generateSync } from 'otplib';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { ACR } from '#kernel/index.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

const DAY = 86_400;
const ADD = '/account/factors/add/totp';

describe('the page of one’s means of signing in', () => {
  let app: TestApp;
  /** Each test has a person of its own. */
  let login: string;
  let number = 0;
  before(async () => {
    const region = exampleRegion();
    const [dcc] = region.applications;
    Object.assign(dcc ?? {}, { minimum_acr: ACR.mfa });
    const [claire] = region.accounts;
    const people = Array.from({ length: 9 }, (_, index) => ({
      ...claire,
      sub: `acc-${index}`,
      login: `personne.${index}`,
      email: `personne.${index}@chu.example`,
      national_ids: undefined,
    }));
    app = await startTestApp({ region: { ...region, accounts: [...region.accounts, ...people] } });
  });
  after(() => app.destroy());
  beforeEach(() => {
    login = `personne.${number++}`;
  });
  const email = () => `${login}@chu.example`;
  const sub = () => login.replace('personne.', 'acc-');

  const keyIn = ({ body }: Page) =>
    (/<code class="key"[^>]*>([^<]+)</u.exec(body)?.[1] ?? '').replaceAll(' ', '');
  function codeOf(secret: string): string {
    app.clock.advance(60);
    return generateSync({ secret, epoch: app.clock.now() });
  }
  const open = (browser: Browserless, path: string) => browser.get(`${app.issuer}${path}`);

  /** Opens a page, proving oneself as it asks. */
  async function reach(browser: Browserless, path: string, secret?: string): Promise<Page> {
    let page = await open(browser, path);
    for (let step = 0; step < 4; step++) {
      const form = page.forms[0]?.id;
      if (form === 'identify') page = await browser.submit(page, form, { login, password: PASSWORD });
      else if (form === 'password') page = await browser.submit(page, form, { password: PASSWORD });
      else if (form === 'code')
        page = await browser.submit(page, form, { code: await codeSentTo(app, email()) });
      else if (form === 'totp' && secret) page = await browser.submit(page, form, { code: codeOf(secret) });
      else break;
    }
    return page;
  }
  async function enrolled(browser: Browserless): Promise<string> {
    const page = await reach(browser, ADD);
    const secret = keyIn(page);
    const after = await browser.submit(page, 'enrol', { totp: codeOf(secret), name: 'Mon téléphone' });
    expect(after.url.search).to.equal('?done=added');
    return secret;
  }
  const list = () => app.factors.list(sub());
  const counting = () => app.factors.counting(sub());
  const mails = async () =>
    (await app.mails()).filter(({ to, text }) => to === email() && text.includes('moyen de connexion'));

  it('is seen with any session, and asks for all that the person can show before it changes anything', async () => {
    const { browser } = createVisitor(app);
    let page = await open(browser, '/account/factors');
    page = await browser.submit(page, 'identify', { login, password: PASSWORD });
    expect([page.status, page.url.pathname]).to.deep.equal([200, '/account/factors']);
    page = await open(browser, ADD);
    expect(page.forms[0]?.id).to.equal('code');
  });

  it('lets who has only a password and a mailbox add one that counts a day later, and tells them at once', async () => {
    const { browser } = createVisitor(app);
    const secret = await enrolled(browser);
    expect(await counting()).to.deep.equal([]);
    expect(await mails()).to.have.length(1);
    app.clock.advance(DAY);
    const [factor] = await counting();
    expect(factor?.name).to.equal('Mon téléphone');
    const again = createVisitor(app).browser;
    const page = await reach(again, ADD, secret);
    expect(page.url.pathname).to.equal(ADD);
    // Who has shown the first one needs no delay for the second.
    const second = await again.submit(page, 'enrol', { totp: codeOf(keyIn(page)), name: 'Tablette' });
    expect(second.status).to.equal(200);
    expect(await counting()).to.have.length(2);
  });

  it('refuses a wrong code in its own words, keeps the key, and counts the tries', async () => {
    const { browser } = createVisitor(app);
    const page = await reach(browser, ADD);
    const wrong = await browser.submit(page, 'enrol', { totp: '000000', name: 'Nom' });
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'signin.totp_wrong']);
    expect(keyIn(wrong)).to.equal(keyIn(page));
    let last = wrong;
    for (let tries = 0; tries < 10; tries++) last = await browser.submit(last, 'enrol', { totp: '000000' });
    expect([last.status, last.alertCode]).to.deep.equal([429, 'signin.locked']);
  });

  it('renames, and removes with a mail, but never the last one that an application asks for', async () => {
    const { browser } = createVisitor(app);
    const secret = await enrolled(browser);
    app.clock.advance(DAY);
    const [factor] = await list();
    const path = `/account/factors/${factor?.ref}`;
    const mine = createVisitor(app).browser;
    let page = await reach(mine, path, secret);
    page = await mine.submit(page, 'name', { action: 'rename', name: '  Téléphone\u200e du  service ' });
    expect((await list())[0]?.name).to.equal('Téléphone du service');
    page = await open(mine, path);
    page = await mine.submit(page, 'remove', { action: 'remove' });
    expect([page.status, page.alertCode]).to.deep.equal([409, 'portal.factor_last']);
    page = await reach(mine, ADD, secret);
    await mine.submit(page, 'enrol', { totp: codeOf(keyIn(page)) });
    page = await mine.submit(await open(mine, path), 'remove', { action: 'remove' });
    expect(page.url.search).to.equal('?done=removed');
    expect((await list()).map(({ name }) => name)).to.deep.equal(['Application de codes']);
    expect((await mails())[0]?.text).to.include('retiré');
  });

  it('gives recovery codes once, which count as second step and go with the last means', async () => {
    const { browser } = createVisitor(app);
    const secret = await enrolled(browser);
    app.clock.advance(DAY);
    const mine = createVisitor(app).browser;
    let page = await reach(mine, '/account/factors/add/recovery', secret);
    const codes = [...page.body.matchAll(/<code>([0-9A-Z-]{19})<\/code>/gu)].map(([, code]) => code ?? '');
    expect(codes).to.have.length(10);
    page = await mine.submit(page, 'enrol', { recovery: 'noted', name: 'Feuille' });
    expect(page.body).not.to.include(codes[0]);
    const lost = createVisitor(app).browser;
    page = await reach(lost, ADD);
    expect(page.forms[0]?.id).to.equal('totp');
    page = await lost.submit(page, 'totp', { method: 'recovery', code: '' });
    page = await lost.submit(page, 'recovery', { recovery: codes[0] ?? '' });
    expect(page.url.pathname).to.equal(ADD);
  });

  it('takes a reset back, and what was added meanwhile with it', async () => {
    const { browser } = createVisitor(app);
    await enrolled(browser);
    app.clock.advance(DAY);
    await app.factors.resets.begin(sub(), 'acc-admin');
    app.clock.advance(5);
    const mine = createVisitor(app).browser;
    const page = await reach(mine, ADD);
    await mine.submit(page, 'enrol', { totp: codeOf(keyIn(page)), name: 'Intrus' });
    expect(await counting()).to.deep.equal([]);
    const cancelling = await reach(mine, '/account/factors/cancel');
    const after = await mine.submit(cancelling, 'cancel', {});
    expect(after.url.search).to.equal('?done=cancelled');
    expect((await counting()).map(({ name }) => name)).to.deep.equal(['Mon téléphone']);
    expect(await list()).to.have.length(1);
  });
});
