import { expect } from 'chai';
import { createShiftedClock } from '#kernel/index.ts';
import type { IssuedCard, OcspResponder, OcspStatus } from '../../scripts/demo/igc/index.ts';
import type { Page } from '../../scripts/interop/browserless.ts';
import { answerOf, createApplicant, type Applicant } from '../enrolment/applicant.ts';
import { ask, confirm } from '../methods/card/card-client.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { prepareCards, type TestCards } from '../support/cards.ts';
import { csrfIn } from '../support/desk.ts';
import {
  codeSentTo,
  createVisitor,
  payloadOf,
  redeem,
  type Authorization,
  type Visitor,
} from '../support/relying-party.ts';

const CARD = 'urn:trousseau:acr:card';
const CALLBACK = 'http://localhost:9/';

describe('signing in by card', () => {
  let cards: TestCards;
  let ocsp: OcspResponder;
  let app: TestApp;
  let claire: IssuedCard;
  let marc: IssuedCard;
  const statuses = new Map<string, OcspStatus>();
  const clock = createShiftedClock();
  before(async function () {
    // Keys of 2048 bits on a busy machine.
    this.timeout(60_000);
    cards = await prepareCards({ clock });
    const { igc } = cards;
    ocsp = await igc.startOcsp('fort', serial => statuses.get(serial) ?? 'good');
    app = await startTestApp({
      clock,
      region: { ...exampleRegion() },
      env: { ...cards.env, TROUSSEAU_CARD_OCSP_URL: ocsp.url, TROUSSEAU_CARD_OCSP_USE: 'always' },
    });
    [claire, marc] = await Promise.all([
      igc.issue('cps'),
      igc.issue('cpe', { nationalId: '3370000481/ML1', familyName: 'LEFEVRE', givenName: 'MARC' }),
    ]);
  });
  after(async () => {
    await app.destroy();
    await ocsp.close();
    await cards.destroy();
  });

  /** Chooses the card on the page that is shown; resolves to the path on the card host where that leads. */
  async function leave({ browser }: Visitor, page: Page): Promise<string> {
    const form = page.forms[0]?.id ?? '';
    const values: Record<string, string> = form === 'identify' ? { login: '', method: 'card' } : {};
    const { url } = await browser.submit(page, form, values, { stopAt: cards.url });
    expect(url.origin).to.equal(cards.url);
    return url.pathname + url.search;
  }

  /** Shows a card and says yes; resolves to the page to which the browser comes back. */
  async function show(visitor: Visitor, page: Page, card: IssuedCard): Promise<Page> {
    const { headers } = await confirm(cards.port, await leave(visitor, page), card);
    return visitor.browser.get(headers.location ?? '', { stopAt: CALLBACK });
  }

  async function signIn(card: IssuedCard, params: Readonly<Record<string, string>> = {}) {
    const visitor = createVisitor(app);
    const started = await visitor.authorize(params);
    const page = await show(visitor, started.page, card);
    const authorization: Authorization = { ...started, page, callback: page.url.searchParams };
    return { visitor, claims: payloadOf((await redeem(app, authorization)).body.id_token) };
  }

  it('opens an application with the level of a card, and says how', async () => {
    const { claims } = await signIn(claire);
    expect(claims).to.include({ sub: 'acc-claire', acr: CARD });
    expect(claims['amr']).to.have.members(['sc', 'pin', 'mfa']);
  });

  it('knows its holder by the national identifier, whatever the card: a renewed one, one of an establishment', async () => {
    const renewed = await cards.igc.issue('cps');
    expect((await signIn(renewed)).claims['sub']).to.equal('acc-claire');
    expect((await signIn(marc)).claims['sub']).to.equal('acc-marc');
  });

  it('lifts a session that a password opened, and asks for nothing but the card', async () => {
    const visitor = createVisitor(app);
    const docs = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    await visitor.browser.submit(
      docs.page,
      'identify',
      { login: 'claire.dupont', password: PASSWORD },
      { stopAt: CALLBACK },
    );
    const started = await visitor.authorize({ acr_values: CARD });
    expect(started.page.forms[0]?.id).to.equal('card');
    const page = await show(visitor, started.page, claire);
    const claims = payloadOf(
      (await redeem(app, { ...started, page, callback: page.url.searchParams })).body.id_token,
    );
    expect(claims).to.include({ sub: 'acc-claire', acr: CARD });
    expect(claims['amr']).to.have.members(['pwd', 'sc', 'pin', 'mfa']);
  });

  it('never lifts somebody else’s session: the card of a colleague is refused', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn('claire.dupont');
    const started = await visitor.authorize({ acr_values: CARD });
    const page = await show(visitor, started.page, marc);
    expect(page.alertCode).to.equal('signin.another_person');
  });

  it('tells whoever has no account here, and a card of a closed account', async () => {
    const { igc } = cards;
    const stranger = await igc.issue('cps', { nationalId: '899700367909', familyName: 'PETIT' });
    const visitor = createVisitor(app);
    const page = await show(visitor, (await visitor.authorize()).page, stranger);
    expect(page.alertCode).to.equal('card.unknown_person');
    expect(page.body).to.contain('PETIT');
    const form = await visitor.browser.submit(page, 'card', { request: '1' });
    // The form knows whom the card named: nothing of it is asked again, nor taken from the person.
    expect(form.body).to.contain('PETIT');
    const next = await visitor.browser.submit(form, 'terms', { accept: 'yes', answer: answerOf(form) });
    expect(next.url.pathname).to.equal('/request/name');
    expect(next.body).to.contain('PETIT');
    expect(next.forms.find(({ id }) => id === 'name')?.fields).to.not.have.property('family_name');
    await app.services.directory.professionals.update('acc-marc', person => ({
      ...person,
      status: 'suspended',
    }));
    try {
      const other = createVisitor(app);
      const refused = await show(other, (await other.authorize()).page, marc);
      expect(refused.alertCode).to.equal('signin.account_inactive');
    } finally {
      await app.services.directory.professionals.update('acc-marc', person => ({
        ...person,
        status: 'active',
      }));
    }
  });

  it('lets who has no password choose one after the card, and never after a code alone', async () => {
    await app.services.directory.professionals.update('acc-sans', person => ({
      ...person,
      nationalIds: ['899700218896'],
    }));
    const visitor = createVisitor(app);
    const { browser } = visitor;
    const address = `${app.issuer}/account/password`;
    const chosen = {
      new_password: 'Ornithorynque-7-violet!',
      new_password_repeat: 'Ornithorynque-7-violet!',
    };
    let page = await browser.submit(await browser.get(address), 'identify', {
      login: 'sans.mdp',
      method: 'code',
    });
    page = await browser.submit(page, 'code', { code: await codeSentTo(app, 'sans.mdp@chu.example') });
    expect(page.url.pathname).to.equal('/account/password');
    expect(page.forms.some(({ id }) => id === 'change-password')).to.equal(false);
    const csrf = csrfIn(page);
    const forged = await browser.post(address, new URLSearchParams({ csrf, ...chosen }));
    expect(forged.alertCode).to.equal('portal.proof_missing');
    const [, link = ''] =
      /href="([^"]+)"/u.exec(/<a[^>]*id="continue"[^>]*>/u.exec(page.body)?.[0] ?? '') ?? [];
    const card = await cards.igc.issue('cps', { nationalId: '899700218896', familyName: 'MDP' });
    const asked = await browser.get(new URL(link.replaceAll('&amp;', '&'), app.issuer));
    page = await browser.get((await show(visitor, asked, card)).url);
    expect(page.url.pathname).to.equal('/account/password');
    const done = await Promise.all(
      Array.from({ length: 8 }, () => browser.submit(page, 'change-password', chosen)),
    );
    expect(done.filter(({ url }) => url.search === '?done=password')).to.have.length(1);
    const account = await app.services.accounts.get('acc-sans');
    expect(await app.services.accounts.verifyPassword(account, chosen.new_password)).to.equal(true);
  });

  describe('in the form of a request', () => {
    const petit = () => cards.igc.issue('cps', { nationalId: '899700367909', familyName: 'PETIT' });

    /** A draft at the step where a card may be read, with this profession. */
    async function atNumber(profession = '60'): Promise<Applicant> {
      const applicant = createApplicant(app);
      await applicant.begin();
      await applicant.fill('profession', { profession });
      return applicant;
    }
    /** Presses the button; resolves to the path on the card host where that leads. */
    async function leaveForm({ browser, page }: Applicant, typed = {}): Promise<string> {
      const { url } = await browser.submit(
        page(),
        'number',
        { ...typed, read: 'card' },
        { stopAt: cards.url },
      );
      expect(url.origin).to.equal(cards.url);
      return url.pathname + url.search;
    }
    async function arrivalOf(applicant: Applicant, card: IssuedCard, typed = {}): Promise<string> {
      const { headers } = await confirm(cards.port, await leaveForm(applicant, typed), card);
      return (headers.location ?? '').slice(app.issuer.length);
    }

    it('fills in the number, the name and the profession, locked, and keeps what was typed', async () => {
      const applicant = await atNumber();
      await applicant.fill('number', { rpps: '' });
      await applicant.fill('name', { civility: 'MME', family_name: 'Petit', given_name: 'Léa' });
      await applicant.fill('address', { street: '2 boulevard Tonnellé', postcode: '37000' });
      await applicant.get('/request/number');
      const arrival = await arrivalOf(applicant, await petit());
      const back = await applicant.get(arrival);
      expect(back.url.pathname + back.url.search).to.equal('/request/number');
      expect(back.body).to.contain('PETIT').and.contain('vérifié par carte').and.not.contain('name="rpps"');
      const name = await applicant.get('/request/name');
      expect(name.forms.find(({ id }) => id === 'name')?.fields).to.not.have.property('family_name');
      const address = await applicant.get('/request/address');
      expect(address.forms.find(({ id }) => id === 'address')?.fields).to.include({
        street: '2 boulevard Tonnellé',
      });
      // No proof is asked for of who has shown a card.
      expect(address.body).to.not.contain('Justificatifs');
    });

    async function readings(): Promise<number> {
      const { items } = await app.services.audit.list({ limit: 1000 });
      return items.filter(({ type }) => type === 'enrolment.identity.read').length;
    }

    it('takes the card once, in the browser of the draft that asked for it', async () => {
      const before = await readings();
      const [applicant, thief] = [await atNumber(), await atNumber()];
      const arrival = await arrivalOf(applicant, await petit());
      await leaveForm(thief);
      expect((await thief.get(arrival)).alertCode).to.equal('card.ticket_ended');
      expect((await createApplicant(app).get(arrival)).url.pathname).to.equal('/request');
      const pages = await Promise.all(
        Array.from({ length: 50 }, () => applicant.browser.get(`${app.issuer}${arrival}`)),
      );
      expect(pages.map(({ url }) => url.pathname)).to.include('/request/number');
      expect((await applicant.get('/request/number')).body).to.contain('PETIT');
      expect((await readings()) - before).to.equal(1);
    });

    it('says to the holder of a known card to sign in, and nothing to anybody else', async () => {
      const applicant = await atNumber();
      const back = await applicant.get(await arrivalOf(applicant, claire, { rpps: '99700367909' }));
      expect(back.alertCode).to.equal('enrolment.known_person');
      expect(back.forms.find(({ id }) => id === 'number')?.fields).to.include({ rpps: '99700367909' });
      const next = await applicant.fill('number', { rpps: '99700367909' });
      expect(next.url.pathname).to.equal('/request/name');
    });

    it('is refused by the card host with a way back to the form, and the draft goes on without it', async () => {
      const revoked = await petit();
      statuses.set(revoked.certificate.serial, 'revoked');
      const applicant = await atNumber();
      const answer = await ask(cards.port, await leaveForm(applicant), { card: revoked });
      expect(answer.code).to.equal('card.revoked');
      expect(answer.text).to.contain(`href="${app.issuer}/request/number"`);
      const next = await applicant.fill('number', { rpps: '' });
      expect(next.url.pathname).to.equal('/request/name');
    });

    it('begins a draft of its own under another name: the former may be somebody else’s', async () => {
      const applicant = createApplicant(app);
      await applicant.begin();
      await applicant.fillIdentity({ profession: '60', familyName: 'Martin', givenName: 'Paul' });
      await applicant.get('/request/number');
      await applicant.get(await arrivalOf(applicant, await petit()));
      const phones = await applicant.get('/request/phones');
      expect(phones.url.pathname).to.equal('/request/name');
      expect(phones.body).to.contain('PETIT');
    });
  });

  it('leads from the help to the page that tests a workstation', async () => {
    const { body } = await createVisitor(app).browser.get(`${app.issuer}/aide`);
    expect(body).to.contain(`href="${cards.url}/poste"`);
  });

  it('takes a ticket once, in the browser and the sign-in that asked for it', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize();
    const { headers } = await confirm(cards.port, await leave(visitor, started.page), claire);
    const arrival = headers.location ?? '';
    // SECURITY: whoever sends a person an address with a sign-in of their own never gets it back.
    const thief = createVisitor(app);
    await thief.authorize();
    const stolen = await thief.browser.get(arrival, { stopAt: CALLBACK });
    expect(stolen.alertCode).to.equal('signin.interaction_ended');

    const own = await thief.authorize();
    const ticket = new URL(arrival).search;
    const elsewhere = await leave(thief, own.page);
    expect(elsewhere).to.match(/^\/sign-in\?t=f\./u);
    const uid = elsewhere.split('.')[1] ?? '';
    const moved = await thief.browser.get(`${app.issuer}/interaction/${uid}/arrival${ticket}`, {
      stopAt: CALLBACK,
    });
    expect(moved.alertCode).to.equal('card.ticket_ended');

    expect((await visitor.browser.get(arrival, { stopAt: CALLBACK })).url.href).to.contain(CALLBACK);
    const late = createVisitor(app);
    const path = await leave(late, (await late.authorize()).page);
    const address = `${app.issuer}/interaction/${path.split('.')[1] ?? ''}/arrival${ticket}`;
    expect((await late.browser.get(address, { stopAt: CALLBACK })).alertCode).to.equal('card.ticket_ended');
  });

  it('ends the sessions that a card opened once the card is revoked, and no others', async () => {
    const lost = await cards.igc.issue('cps');
    const { visitor } = await signIn(lost);
    const { visitor: withOther } = await signIn(claire);
    statuses.set(lost.certificate.serial, 'revoked');
    // Answers of the responder are remembered for some minutes.
    clock.advance(900);
    await app.methods.find(({ id }) => id === 'card')?.jobs?.[0]?.run();
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
    expect((await withOther.authorize()).callback.get('code')).to.be.a('string');
    const path = await leave(visitor, (await visitor.authorize()).page);
    expect((await ask(cards.port, path, { card: lost })).code).to.equal('card.revoked');
  });

  it('never reads a certificate on the main host, whatever header brings one', async () => {
    const pem = encodeURIComponent(claire.certificate.pem);
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const answer = await fetch(page.url, { headers: { 'x-ssl-client-cert': pem } });
    expect(await answer.text()).to.not.contain('DUPONT');
    expect((await fetch(`${app.issuer}/poste`, { headers: { 'x-ssl-client-cert': pem } })).status).to.equal(
      404,
    );
    expect((await fetch(`${app.issuer}/sign-in?t=x`)).status).to.equal(404);
  });
});
