import { expect } from 'chai';
import { generateSync } from 'otplib';
import { startDemoPsc, type PscClient } from '../../scripts/demo/psc/index.ts';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { ACR } from '#kernel/index.ts';
import { prepareCards, type TestCards } from '../support/cards.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import { codeSentTo, createVisitor, payloadOf, redeem, type Visitor } from '../support/relying-party.ts';

const STOP = { stopAt: 'http://localhost:9/' };
const SECRET = 'secret-of-the-simulated-provider';
const CHOSEN = 'Ornithorynque-7-violet!';
const FIRST = 'neuf.nouveau';

/** The application asks for two factors; who has a card at hand, or Pro Santé Connect, is known to nobody. */
describe('means that are proven elsewhere, beside those that people enrol', () => {
  let app: TestApp;
  let psc: { close(): Promise<void> };
  let cards: TestCards;
  let secret = '';

  before(async function () {
    // Keys of 2048 bits on a busy machine.
    this.timeout(60_000);
    const region = exampleRegion();
    Object.assign(region.applications[0] ?? {}, { minimum_acr: ACR.mfa });
    const [claire, marc, neuf] = ['acc-claire', 'acc-marc', 'acc-neuf'].map(
      sub => region.accounts.find(account => account.sub === sub) ?? {},
    );
    // The people of the simulated provider: « claire » is the newcomer here, « marc » is Marc.
    Object.assign(claire ?? {}, { national_ids: undefined });
    Object.assign(neuf ?? {}, { national_ids: ['899700366240'] });
    Object.assign(marc ?? {}, {
      national_ids: ['899700367909'],
      password_changed_at: '2020-01-01T00:00:00+01:00',
    });
    const issuer = `http://localhost:${await freePort()}/auth/realms/esante-wallet`;
    const clients: PscClient[] = [];
    const port = Number(new URL(issuer).port);
    psc = await startDemoPsc({ issuer, host: '127.0.0.1', port, clients, logger: { warn: () => undefined } });
    cards = await prepareCards({});
    app = await startTestApp({
      region,
      env: {
        ...cards.env,
        TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
        TROUSSEAU_PSC_CLIENT_SECRET: SECRET,
        TROUSSEAU_PSC_ISSUER: issuer,
      },
    });
    clients.push({
      id: 'trousseau',
      secret: SECRET,
      redirectUris: [`${app.issuer}/arrival/pro-sante-connect`],
      postLogoutRedirectUris: [`${app.issuer}/departure/pro-sante-connect`],
      backchannelLogoutUri: `${app.issuer}/backchannel-logout/pro-sante-connect`,
    });
  });
  after(async () => {
    await app.destroy();
    await psc.close();
    await cards.destroy();
  });

  const identify = async ({ browser }: Visitor, page: Page, login: string, password: string) =>
    browser.submit(page, 'identify', { login, password }, STOP);
  const be = ({ browser }: Visitor, page: Page, person: string) =>
    browser.submit(page, 'person', { person }, STOP);
  function appCode(): string {
    app.clock.advance(60);
    return generateSync({ secret, epoch: app.clock.now() });
  }

  it('who has neither yet is asked to add something at the first sign-in, and may show a card instead', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    let page = await identify(visitor, started.page, FIRST, PASSWORD);
    expect(page.forms[0]?.id).to.equal('enrol');
    for (const means of ['card', 'pro-sante-connect']) expect(page.body).to.include(`value="${means}"`);
    secret = (/<code class="key"[^>]*>([^<]+)</u.exec(page.body)?.[1] ?? '').replaceAll(' ', '');
    page = await visitor.browser.submit(page, 'enrol', { totp: appCode() }, STOP);
    const answer = { new_password: CHOSEN, new_password_repeat: CHOSEN };
    page = await visitor.browser.submit(page, 'change-password', answer, STOP);
    page = await visitor.browser.submit(page, 'terms', { accept: 'yes' }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    expect(payloadOf(body.id_token)).to.include({ acr: ACR.mfa });
  });

  it('a session is lifted by the person’s own identity only, whichever means was offered first', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    const asked = await identify(visitor, started.page, FIRST, CHOSEN);
    expect(asked.forms[0]?.id, 'what they have comes first').to.equal('totp');
    for (const means of ['card', 'pro-sante-connect']) expect(asked.body).to.include(`value="${means}"`);
    const elsewhere = await visitor.browser.submit(asked, 'totp', { method: 'pro-sante-connect' }, STOP);
    const refused = await be(visitor, elsewhere, 'marc');
    expect(refused.alertCode).to.equal('signin.another_person');
    const again = await visitor.browser.submit(refused, 'pro-sante-connect', {}, STOP);
    let page = await be(visitor, again, 'claire');
    if (page.forms[0]?.id === 'situation')
      page = await visitor.browser.submit(page, 'situation', { situation: 'chu' }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    expect(payloadOf(body.id_token)).to.include({ sub: 'acc-neuf', acr: ACR.card });
  });

  it('the last means that an application takes stays, since a card may not be at hand', async () => {
    const { browser } = createVisitor(app);
    const [factor] = await app.factors.list('acc-neuf');
    const page = await proven(browser, `/account/factors/${factor?.ref ?? ''}`);
    const refused = await browser.submit(page, 'remove', {});
    expect([refused.status, refused.alertCode]).to.deep.equal([409, 'portal.factor_last']);
    expect(await app.factors.list('acc-neuf')).to.have.lengthOf(1);
  });

  async function proven(browser: Browserless, path: string): Promise<Page> {
    let page = await browser.get(`${app.issuer}${path}`);
    for (let step = 0; step < 4; step++) {
      const form = page.forms[0]?.id ?? '';
      if (form === 'identify') page = await browser.submit(page, form, { login: FIRST, password: CHOSEN });
      else if (form === 'code')
        page = await browser.submit(page, form, { code: await codeSentTo(app, `${FIRST}@chu.example`) });
      else if (form === 'totp') page = await browser.submit(page, form, { code: appCode() });
      else break;
    }
    return page;
  }

  it('an old password is changed by who came with it, and by nobody else', async () => {
    const byPassword = createVisitor(app);
    const login = 'marc.lefevre';
    const first = await byPassword.browser.get(`${app.issuer}/account`);
    let page = await byPassword.browser.submit(first, 'identify', { login, password: PASSWORD });
    expect(page.forms[0]?.id).to.equal('change-password');

    const byPsc = createVisitor(app);
    const started = await byPsc.authorize();
    const away = await byPsc.browser.submit(started.page, 'identify', { method: 'pro-sante-connect' }, STOP);
    page = await be(byPsc, away, 'marc');
    if (page.forms[0]?.id === 'situation')
      page = await byPsc.browser.submit(page, 'situation', { situation: 'chu' }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    expect(payloadOf(body.id_token)).to.include({ sub: 'acc-marc', acr: ACR.card });
  });
});
