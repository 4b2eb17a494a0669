import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { startDemoPsc, type PscClient } from '../../scripts/demo/psc/index.ts';
import { createApplicant } from '../enrolment/applicant.ts';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import {
  createVisitor,
  payloadOf,
  redeem,
  type Authorization,
  type Visitor,
} from '../support/relying-party.ts';

const STOP = { stopAt: 'http://localhost:9/' };
const CARD = 'urn:trousseau:acr:card';
const SECRET = 'secret-of-the-simulated-provider';
const ASKED = { acr_values: CARD, scope: 'openid profile professional scope_all' };

/** The provider of an establishment at which nobody listens. */
const UNREACHABLE = {
  id: 'chu',
  label: 'CHU',
  issuer: 'http://localhost:9',
  client_id: 'trousseau',
  client_secret: SECRET,
  national_id_claim: 'rpps',
  required_amr: ['mfa'],
  acr: 'urn:trousseau:acr:mfa',
};

describe('signing in by Pro Santé Connect', () => {
  let app: TestApp;
  let psc: { close(): Promise<void> };
  const clients: PscClient[] = [];

  before(async () => {
    const issuer = `http://localhost:${await freePort()}/auth/realms/esante-wallet`;
    psc = await startDemoPsc({
      issuer,
      host: '127.0.0.1',
      port: Number(new URL(issuer).port),
      clients,
      logger: { warn: () => undefined },
    });
    app = await startTestApp({
      env: {
        TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
        TROUSSEAU_PSC_CLIENT_SECRET: SECRET,
        TROUSSEAU_PSC_ISSUER: issuer,
        TROUSSEAU_FEDERATION: JSON.stringify({ providers: [UNREACHABLE] }),
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
  });

  /** Chooses the means on the first page; resolves to the provider's page of people. */
  async function leave(visitor: Visitor, params: Readonly<Record<string, string>> = ASKED) {
    const started = await visitor.authorize(params);
    const page = await visitor.browser.submit(
      started.page,
      'identify',
      { method: 'pro-sante-connect' },
      STOP,
    );
    return { ...started, page };
  }
  const be = (visitor: Visitor, page: Page, person: string) =>
    visitor.browser.submit(page, 'person', { person }, STOP);
  const tokensOf = async (started: Pick<Authorization, 'verifier'>, page: Page) => {
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    return payloadOf(body.id_token);
  };

  it('says to somebody who is known there and not here who they are, and signs nobody in', async () => {
    const visitor = createVisitor(app);
    const { page } = await leave(visitor);
    const end = await be(visitor, page, 'ines');
    expect(end.alertCode).to.equal('psc.unknown_person');
    expect(end.body).to.include('Inès LAMBERT');
    expect((await visitor.authorize(ASKED)).page.forms[0]?.id).to.equal('identify');
  });

  it('fills in the form of a request from which the browser left, and comes back there without it too', async () => {
    const applicant = createApplicant(app);
    await applicant.begin();
    await applicant.fill('profession', { profession: '60' });
    const leaveForm = () => applicant.fill('number', { read: 'pro-sante-connect' });
    const there = await leaveForm();
    const refused = await applicant.browser.submit(there, 'person', { cancel: '1' });
    expect([refused.url.pathname, refused.alertCode]).to.deep.equal(['/request/number', 'psc.cancelled']);
    await applicant.get('/request/number');
    const back = await applicant.browser.submit(await leaveForm(), 'person', { person: 'ines' });
    expect(back.url.pathname).to.equal('/request/number');
    expect(back.body).to.include('Inès LAMBERT').and.include('vérifié par Pro Santé Connect');
    const known = createApplicant(app);
    await known.begin();
    await known.fill('profession', { profession: '60' });
    const page = await known.fill('number', { read: 'pro-sante-connect' });
    const told = await known.browser.submit(page, 'person', { person: 'claire' });
    expect(told.alertCode).to.equal('enrolment.known_person');
    expect((await createVisitor(app).authorize(ASKED)).page.forms[0]?.id).to.equal('identify');
  });

  it('says that a provider is unavailable, and every other means goes on', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const refused = await visitor.browser.submit(page, 'identify', { method: 'federation-chu' }, STOP);
    expect(refused.alertCode).to.equal('federation.unavailable');
    const first = await visitor.browser.submit(refused, 'federation-chu', { restart: '1' }, STOP);
    const next = await visitor.browser.submit(
      first,
      'identify',
      { login: 'claire.dupont', password: PASSWORD },
      STOP,
    );
    expect(next.forms[0]?.id).to.equal('code');
  });

  it('asks the situation d’exercice of whoever has several, and carries the one that was chosen', async () => {
    const visitor = createVisitor(app);
    const started = await leave(visitor);
    const page = await be(visitor, started.page, 'claire');
    expect(page.forms[0]?.id).to.equal('situation');
    const values = page.forms[0]?.choices['situation'] ?? [];
    expect(values, 'the CHU of the membership is the CHU of Pro Santé Connect').to.deep.equal([
      'chu',
      'place:51900001000016',
    ]);
    const unchosen = await visitor.browser.submit(page, 'situation', {}, STOP);
    expect(unchosen.alertCode).to.equal('signin.situation_missing');
    const end = await visitor.browser.submit(unchosen, 'situation', { situation: values[1] ?? '' }, STOP);
    const claims = await tokensOf(started, end);
    expect(claims['acr']).to.equal(CARD);
    expect(claims['amr']).to.deep.equal(['mfa']);
    expect(claims['situation']).to.deep.equal({
      organisation: null,
      finess: null,
      name: 'SCM D’ONCOLOGIE DES PRÉBENDES',
      role: null,
    });
    // A second application opens with the same situation, and asks nothing.
    const next = await visitor.authorize(ASKED);
    expect((await tokensOf(next, next.page))['situation']).to.deep.equal(claims['situation']);
  });

  it('makes an organisation of the region of the one that has its FINESS', async () => {
    const visitor = createVisitor(app);
    const started = await leave(visitor, { ...ASKED, acr_values: 'eidas1' });
    const page = await be(visitor, started.page, 'claire');
    const end = await visitor.browser.submit(page, 'situation', { situation: 'chu' }, STOP);
    const claims = await tokensOf(started, end);
    expect(claims['acr']).to.equal('eidas1');
    expect(claims['situation']).to.deep.include({ organisation: 'chu', finess: '370000481' });
  });

  it('comes back with a sentence when the person goes back, and offers the other means', async () => {
    const visitor = createVisitor(app);
    const { page } = await leave(visitor);
    const back = await visitor.browser.submit(page, 'person', { cancel: '1' }, STOP);
    expect(back.alertCode).to.equal('psc.cancelled');
    const first = await visitor.browser.submit(back, 'pro-sante-connect', { restart: '1' }, STOP);
    expect(first.forms[0]?.id).to.equal('identify');
  });

  it('refuses the answer in another browser', async () => {
    const victim = createVisitor(app);
    const attacker = createVisitor(app);
    const { page } = await leave(attacker);
    const caught = await attacker.browser.submit(
      page,
      'person',
      { person: 'claire' },
      {
        stopAt: `${app.issuer}/arrival/`,
      },
    );
    await leave(victim);
    const refused = await victim.browser.get(caught.url, STOP);
    expect(refused.status).to.equal(400);
    expect(refused.body).to.include('signin.interaction_ended');
  });

  it('ends the session when Pro Santé Connect says that its own has ended, and tells nobody else', async () => {
    const visitor = createVisitor(app);
    const started = await leave(visitor);
    const page = await be(visitor, started.page, 'claire');
    const end = await visitor.browser.submit(page, 'situation', { situation: 'chu' }, STOP);
    const tokens = await redeem(app, { ...started, page: end, callback: end.url.searchParams });
    const bystander = createVisitor(app);
    await bystander.signIn('marc.lefevre');
    expect(await app.oidc.sessions.list('acc-claire')).to.not.have.lengthOf(0);
    const sid = String(payloadOf(tokens.body.id_token)['sid']);
    expect(await app.oidc.sessions.findBySid(sid)).to.not.equal(null);

    const sessions = await visitor.browser.get(new URL('/', started.page.url));
    const names = sessions.forms.map(({ fields }) => fields['sid'] ?? '');
    await visitor.browser.post(
      new URL('/sessions/end', started.page.url),
      new URLSearchParams({ sid: names.at(-1) ?? '' }),
    );
    expect(await app.oidc.sessions.findBySid(sid)).to.equal(null);
    const userinfo = await fetch(`${app.issuer}/oidc/userinfo`, {
      headers: { Authorization: `Bearer ${tokens.body.access_token}` },
    });
    expect(userinfo.status).to.equal(401);
    expect(await app.oidc.sessions.list('acc-marc')).to.have.lengthOf(1);
  });

  it('ends the session there too on the way of a sign-out, whose answer comes without state', async () => {
    const visitor = createVisitor(app);
    const started = await leave(visitor);
    const page = await be(visitor, started.page, 'claire');
    const end = await visitor.browser.submit(page, 'situation', { situation: 'chu' }, STOP);
    const { body } = await redeem(app, { ...started, page: end, callback: end.url.searchParams });
    const openThere = async () => (await visitor.browser.get(new URL('/', started.page.url))).forms.length;
    const before = await openThere();

    const query = new URLSearchParams({
      id_token_hint: String(body.id_token),
      post_logout_redirect_uri: 'http://localhost:9/bye',
    });
    const form = await visitor.browser.get(`${app.issuer}/logout?${query}`);
    const bye = await visitor.browser.submit(form, 'logout', {}, STOP);
    expect(bye.url.href).to.equal('http://localhost:9/bye');
    expect(await openThere()).to.equal(before - 1);
    const again = await visitor.browser.get(`${app.issuer}/departure/pro-sante-connect`);
    expect(again.url.pathname, 'a way back leads there once').to.not.equal('/departure/pro-sante-connect');
  });

  it('answers 400 to what is no logout token', async () => {
    const send = (token: string) =>
      fetch(`${app.issuer}/backchannel-logout/pro-sante-connect`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      });
    const answer = await send('nothing');
    expect(answer.status).to.equal(400);
    expect(answer.headers.get('cache-control')).to.include('no-store');
    expect(await answer.json()).to.deep.equal({ error: 'invalid_request' });
  });
});
