import { expect } from 'chai';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { CLIENT, PASSWORD, REDIRECT_URI, exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const HOUR = 3600;

/** The region of the flows, with tiles. */
function regionWithKiosk() {
  const region = exampleRegion();
  for (const application of region.applications) {
    const url =
      application.client_id === 'batch' ? 'javascript:alert(1)' : `https://${application.client_id}.example/`;
    Object.assign(application, { kiosk: { url, description: 'Pour essayer' } });
  }
  return region;
}

describe('the portal', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: regionWithKiosk() });
  });
  after(() => app.destroy());

  /** Signs in on our own pages and ends at `path`. */
  async function enter(
    login: string,
    path = '/',
    password = PASSWORD,
  ): Promise<{ browser: Browserless; page: Page }> {
    const { browser } = createVisitor(app);
    let page = await browser.get(`${app.issuer}${path}`);
    page = await browser.submit(page, 'identify', { login, password });
    return { browser, page };
  }
  const tilesOf = (page: Page) =>
    [...page.body.matchAll(/class="tile" href="([^"]+)"/gu)].map(found => found[1]);

  it('leads whoever is not signed in straight to the sign-in', async () => {
    const page = await createVisitor(app).browser.get(`${app.issuer}/`);
    expect([page.status, page.forms[0]?.id]).to.deep.equal([200, 'identify']);
  });

  it('shows the applications that the person may open, and no others', async () => {
    const { page } = await enter(CLAIRE);
    expect(page.url.pathname).to.equal('/');
    expect(tilesOf(page)).to.have.members(['https://dcc.example/', 'https://docs.example/']);
    expect(page.body).to.include('claire dupont');
  });

  it('leads through sign-in to the page that was asked', async () => {
    for (const path of ['/account', '/account/password', '/account/sessions']) {
      expect((await enter(CLAIRE, path)).page.url.pathname).to.equal(path);
    }
  });

  it('comes back from sign-in to paths of its own only', async () => {
    const { browser } = await enter(CLAIRE);
    for (const state of ['//evil.example', 'https://evil.example', '/\\evil.example', '']) {
      const page = await browser.get(`${app.issuer}/signed-in?${new URLSearchParams({ state })}`);
      expect(page.url.href, state).to.equal(`${app.issuer}/`);
    }
  });

  it('explains a level that cannot be reached', async () => {
    const page = await createVisitor(app).browser.get(
      `${app.issuer}/signed-in?error=unmet_authentication_requirements&state=/`,
    );
    expect([page.status, page.alertCode]).to.deep.equal([403, 'signin.level_unreachable']);
  });

  it('shows the account with its memberships and the règlement that was accepted', async () => {
    const { browser, page } = await enter(CLAIRE, '/account');
    expect(page.body).to.include('claire.dupont@chu.example').and.include('Cancérologie').and.include('CHU');
    const terms = await browser.get(`${app.issuer}/account/terms/2026-1`);
    expect(terms.body).to.include('Article 1. Bien faire.');
    expect((await browser.get(`${app.issuer}/account/terms/2020-1`)).status).to.equal(404);
  });

  it('leads from there to asking for another network or profile, with who one is already known', async () => {
    const { browser, signIn } = createVisitor(app);
    await signIn('claire.dupont');
    const start = await browser.submit(await browser.get(`${app.issuer}/account`), 'more');
    expect(start.url.pathname).to.match(/^\/request\/identity\//u);
    expect(start.body).to.include('claire dupont');
  });

  it('asks for a second step before that of who came by the password alone', async () => {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize({ client_id: 'docs', scope: 'openid' });
    const credentials = { login: 'claire.dupont', password: PASSWORD };
    await browser.submit(page, 'identify', credentials, { stopAt: REDIRECT_URI });
    const asked = await browser.submit(await browser.get(`${app.issuer}/account`), 'more');
    expect(asked.url.pathname).to.match(/^\/interaction\//u);
  });

  describe('changing a password', () => {
    const NEXT = 'Trois-tables-4-pingouins!';
    const change = async (browser: Browserless, values: Record<string, string>): Promise<Page> => {
      const page = await browser.get(`${app.issuer}/account/password`);
      return browser.submit(page, 'change-password', {
        new_password: NEXT,
        new_password_repeat: NEXT,
        ...values,
      });
    };

    it('asks for the current one, and keeps it when anything is wrong', async () => {
      const { browser } = await enter('marc.lefevre');
      const wrong: readonly [Record<string, string>, string][] = [
        [{ password: '' }, 'portal.password_missing'],
        [{ password: 'not it' }, 'portal.current_password_wrong'],
        [{ password: PASSWORD, new_password_repeat: 'other' }, 'portal.passwords_differ'],
        [
          { password: PASSWORD, new_password: 'short', new_password_repeat: 'short' },
          'portal.password_refused',
        ],
        [
          { password: PASSWORD, new_password: PASSWORD, new_password_repeat: PASSWORD },
          'portal.password_refused',
        ],
      ];
      for (const [values, code] of wrong) {
        const page = await change(browser, values);
        expect([page.status, page.alertCode], code).to.deep.equal([422, code]);
        expect(page.body).to.not.include(PASSWORD).and.not.include(NEXT);
      }
      expect((await enter('marc.lefevre')).page.url.pathname).to.equal('/');
    });

    it('ends every other session, tells the owner, and lets only the new one in', async () => {
      const [{ browser }, { browser: elsewhere }] = await Promise.all([
        enter('marc.lefevre'),
        enter('marc.lefevre'),
      ]);
      const page = await change(browser, { password: PASSWORD });
      expect(page.alertCode, page.body).to.equal(undefined);
      expect(page.url.pathname + page.url.search).to.equal('/account?done=password');
      expect((await elsewhere.get(`${app.issuer}/account`)).forms[0]?.id).to.equal('identify');
      const mail = (await app.mails()).find(({ to }) => to === 'marc.lefevre@chu.example');
      expect(mail?.subject).to.match(/mot de passe/u);
      expect((await enter('marc.lefevre')).page.alertCode).to.equal('signin.credentials_refused');
      expect((await enter('marc.lefevre', '/', NEXT)).page.url.pathname).to.equal('/');
    });

    it('locks after too many wrong guesses of the current one, without locking the sign-in', async () => {
      const { browser } = await enter('deux.lieux').then(async entered => ({
        ...entered,
        page: await entered.browser.submit(entered.page, 'situation', { situation: 'chu' }),
      }));
      let page = await change(browser, { password: 'wrong' });
      for (let i = 0; i < 12 && page.alertCode !== 'signin.locked'; i++)
        page = await change(browser, { password: 'wrong' });
      expect([page.status, page.alertCode]).to.deep.equal([429, 'signin.locked']);
      expect(Number(page.headers.get('retry-after'))).to.be.greaterThan(0);
      expect((await enter('deux.lieux')).page.forms[0]?.id).to.equal('situation');
    });
  });

  describe('the sessions', () => {
    const rows = (page: Page) => page.body.match(/name="session"/gu)?.length ?? 0;

    it('are listed with the applications that they opened, and can be ended one by one', async () => {
      const { browser } = await enter(CLAIRE);
      const other = createVisitor(app);
      await other.signIn(CLAIRE);
      await app.oidc.sessions.list('acc-claire');
      const page = await browser.get(`${app.issuer}/account/sessions`);
      expect(rows(page)).to.be.greaterThan(1);
      expect(page.body).to.include('DCC');
      for (const session of await app.oidc.sessions.list('acc-claire'))
        expect(page.body).to.not.include(session.uid);
      await browser.submit(page, '', { others: '1' });
      expect(rows(await browser.get(`${app.issuer}/account/sessions`))).to.equal(1);
      expect((await other.authorize()).page.forms[0]?.id).to.equal('identify');
    });

    it('of somebody else cannot be ended', async () => {
      const { browser: mine } = await enter(CLAIRE);
      const theirs = await enter('deux.lieux');
      await theirs.browser.submit(theirs.page, 'situation', { situation: 'chu' });
      const reference = /name="session" value="([^"]+)"/u.exec(
        (await theirs.browser.get(`${app.issuer}/account/sessions`)).body,
      )?.[1];
      const page = await mine.get(`${app.issuer}/account/sessions`);
      await mine.submit(page, '', { session: reference ?? '' });
      expect((await theirs.browser.get(`${app.issuer}/account`)).status).to.equal(200);
      expect((await theirs.browser.get(`${app.issuer}/account`)).url.pathname).to.equal('/account');
    });

    it('stay alive as long as the person says so, and end four hours after the last sign of life', async () => {
      const { browser } = await enter(CLAIRE);
      app.clock.advance(3 * HOUR);
      const page = await browser.get(`${app.issuer}/account`);
      await browser.submit(page, page.forms.at(-1)?.id ?? '');
      app.clock.advance(3 * HOUR);
      expect((await browser.get(`${app.issuer}/account`)).url.pathname).to.equal('/account');
      app.clock.advance(4 * HOUR + 1);
      expect((await browser.get(`${app.issuer}/account`)).forms[0]?.id).to.equal('identify');
    });

    it('answer a script that keeps one alive with the time that is left', async () => {
      const { browser, page } = await enter(CLAIRE);
      const csrf = page.forms.at(-1)?.fields['csrf'] ?? '';
      const cookies = ['trousseau_session', 'trousseau_session.sig', 'trousseau_form']
        .map(name => `${name}=${browser.cookie('localhost', name) ?? ''}`)
        .join('; ');
      const post = (body: Record<string, string>) =>
        fetch(`${app.issuer}/account/keep-alive`, {
          method: 'POST',
          headers: { Accept: 'application/json', Cookie: cookies },
          body: new URLSearchParams(body),
        });
      expect((await post({})).status).to.equal(403);
      const answer = await post({ csrf });
      expect(answer.status).to.equal(200);
      const { leftMs } = (await answer.json()) as { leftMs: number };
      expect(leftMs).to.be.within(3.9 * HOUR * 1000, 4 * HOUR * 1000);
    });
  });

  it('does not show the account of a person who was suspended meanwhile', async () => {
    const { browser } = await enter(CLAIRE);
    await app.services.directory.professionals.update('acc-claire', person => ({
      ...person,
      status: 'suspended',
    }));
    try {
      expect((await browser.get(`${app.issuer}/account`)).forms[0]?.id).to.equal('identify');
    } finally {
      await app.services.directory.professionals.update('acc-claire', person => ({
        ...person,
        status: 'active',
      }));
    }
  });

  it('shows what a demonstration would have sent, to people and to scripts', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: CLIENT.id, redirect_uri: REDIRECT_URI });
    await visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD });
    const code = await codeSentTo(app, 'claire.dupont@chu.example');
    expect((await visitor.browser.get(`${app.issuer}/demo/outbox`)).body).to.include(code);
  });

  it('answers the addresses that programs look for', async () => {
    const at = (path: string) => fetch(`${app.issuer}${path}`, { redirect: 'manual' });
    expect((await at('/.well-known/change-password')).headers.get('location')).to.equal('/account/password');
    expect(await (await at('/robots.txt')).text()).to.include('Disallow: /');
    expect((await at('/aide')).status).to.equal(200);
    expect((await at('/.well-known/security.txt')).status).to.equal(404);
  });
});
