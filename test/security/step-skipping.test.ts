import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, type Visitor } from '../support/relying-party.ts';

const STOP = { stopAt: REDIRECT_URI };
const CLAIRE = 'claire.dupont';
/** Has a password and an address, and nothing more. */
const VOISIN = 'jean.voisin';
const CLAIRE_MAIL = 'claire.dupont@chu.example';

/** A means whose proof is made elsewhere, where nobody listens. */
const UNREACHABLE = {
  TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
  TROUSSEAU_PSC_CLIENT_SECRET: 'secret-of-the-simulated-provider',
  TROUSSEAU_PSC_ISSUER: 'http://localhost:9',
};

describe('skipping a step', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: exampleRegion({ colleagues: [VOISIN] }), env: UNREACHABLE });
  });
  after(() => app.destroy());

  async function shown(login: string, fields: Readonly<Record<string, string>> = { password: PASSWORD }) {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    return { visitor, page: await visitor.browser.submit(page, 'identify', { login, ...fields }, STOP) };
  }
  const send = (visitor: Visitor, page: Page, fields: Readonly<Record<string, string>>) =>
    visitor.browser.post(
      `${app.issuer}${page.url.pathname}`,
      new URLSearchParams({ csrf: page.forms[0]?.fields['csrf'] ?? '', ...fields }),
      STOP,
    );

  it('of the code by the forms that come after it leads back to the code', async () => {
    const { visitor, page } = await shown('neuf.nouveau');
    for (const fields of [
      { accept: 'yes', version: '2026-1' },
      { new_password: 'Ornithorynque-7!', new_password_repeat: 'Ornithorynque-7!' },
      { situation: 'chu' },
      { enrol: 'totp', totp: '000000' },
    ]) {
      const next = await send(visitor, page, fields);
      expect(next.forms[0]?.id, JSON.stringify(fields)).to.equal('code');
      expect(next.alertCode, 'and is judged as nothing').to.equal(undefined);
    }
    const { accounts } = app.services;
    expect(await accounts.verifyPassword(await accounts.get('acc-neuf'), PASSWORD), 'unchanged').to.equal(
      true,
    );
  });

  it('by forms in which nothing is filled in is told what each step lacks', async () => {
    const { visitor, page } = await shown('neuf.nouveau');
    const stranger = createVisitor(app);
    const first = await stranger.authorize();
    expect((await send(visitor, page, {})).alertCode).to.equal('signin.code_missing');
    expect((await visitor.browser.get(`${app.issuer}${page.url.pathname}`)).alertCode).to.equal(undefined);
    for (const fields of [{}, { login: '' }, { password: '' }]) {
      const next = await stranger.browser.submit(first.page, 'identify', fields, STOP);
      expect(next.alertCode, JSON.stringify(fields)).to.equal('signin.login_missing');
    }
  });

  it('to a level that is out of reach opens nothing, however far one came', async () => {
    const acr = { acr_values: 'urn:trousseau:acr:mfa' };
    for (const first of [{ password: PASSWORD }, { method: 'code' }]) {
      const visitor = createVisitor(app);
      let { page } = await visitor.authorize(acr);
      page = await visitor.browser.submit(page, 'identify', { login: VOISIN, ...first }, STOP);
      if ('method' in first)
        page = await visitor.browser.submit(
          page,
          'code',
          { code: await codeSentTo(app, `${VOISIN}@chu.example`) },
          STOP,
        );
      expect(page.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
      expect(page.url.searchParams.get('code')).to.equal(null);
      const silent = await visitor.authorize({ client_id: 'docs', scope: 'openid', prompt: 'none' });
      expect(silent.callback.get('error')).to.equal('login_required');
    }
  });

  it('of the code by the address at which the authorization goes on gives no code to the application', async () => {
    const { visitor, page } = await shown(CLAIRE);
    const uid = page.url.pathname.split('/').at(-1) ?? '';
    const resumed = await visitor.browser.get(`${app.issuer}/oidc/authorize/${uid}`, STOP);
    expect(resumed.url.searchParams.get('code')).to.equal(null);
    expect(resumed.status).to.be.lessThan(500);
  });

  it('by the way back from elsewhere is none, whatever it brings, in whatever step', async () => {
    const queries = [
      '',
      'code=1&state=2',
      'ticket=a',
      `login=${CLAIRE}`,
      'accountId=acc-claire',
      '%00=%0d%0a',
      'a[]=1',
    ];
    for (const [first, due] of [
      [{ password: PASSWORD }, 'code'],
      [{ method: 'code' }, 'code'],
      [{ method: 'pro-sante-connect' }, 'pro-sante-connect'],
    ] as const) {
      const { visitor, page } = await shown(CLAIRE, first);
      expect(page.forms[0]?.id).to.equal(due);
      const address = `${app.issuer}/interaction/${page.url.pathname.split('/')[2] ?? ''}`;
      for (const query of queries) {
        const back = await visitor.browser.get(`${address}/arrival?${query}`, STOP);
        expect([back.status < 500, back.url.searchParams.get('code')], query).to.deep.equal([true, null]);
      }
      expect((await createVisitor(app).browser.get(`${address}/arrival?code=1`)).status).to.equal(400);
    }
  });

  it('by the one address of a means leads to an interaction of this site or to its front door, and nowhere else', async () => {
    for (const state of [
      'https://evil.example/x',
      '//evil.example/aaaaaaaa',
      '..%2F..%2Fadmin%2Faaaa',
      'aaaaaaaaaaaa%0d%0aSet-Cookie:%20x=1',
      'aaaaaaaaaaaa/../../admin',
      '%5C%5Cevil.example',
      'a'.repeat(65),
      '',
    ]) {
      const answer = await fetch(`${app.issuer}/arrival/pro-sante-connect?state=${state}&x=%0d%0ay`, {
        redirect: 'manual',
      });
      expect([answer.status, answer.headers.get('location')], state).to.deep.equal([303, '/']);
      expect(answer.headers.has('set-cookie'), state).to.equal(false);
    }
    const uid = 'abcdefghij-_0123456789';
    const forwarded = await fetch(
      `${app.issuer}/arrival/anything?state=${uid}.rest&error=%0d%0ax&state=other`,
      {
        redirect: 'manual',
      },
    );
    const to = new URL(forwarded.headers.get('location') ?? '', app.issuer);
    expect([to.origin, to.pathname]).to.deep.equal([
      new URL(app.issuer).origin,
      `/interaction/${uid}/arrival`,
    ]);
  });

  it('by a session that was fixed: what an attacker planted in the browser before is worth nothing after', async () => {
    const attacker = createVisitor(app);
    const begun = await attacker.authorize();
    const planted = ['trousseau_session', 'trousseau_session.sig']
      .map(name => `${name}=${attacker.browser.cookie('localhost', name) ?? ''}`)
      .join('; ');
    // The victim goes on in the same browser as if it were theirs.
    let page = await attacker.browser.submit(
      begun.page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      STOP,
    );
    page = await attacker.browser.submit(page, 'code', { code: await codeSentTo(app, CLAIRE_MAIL) }, STOP);
    expect(page.url.searchParams.get('code')).to.be.a('string');
    const answer = await fetch(`${app.issuer}/account`, { redirect: 'manual', headers: { cookie: planted } });
    expect(answer.status).to.be.oneOf([302, 303]);
  });

  it('by a code of another browser, an older one or one that was used already', async () => {
    const mine = await shown(CLAIRE);
    const older = await codeSentTo(app, CLAIRE_MAIL);
    const theirs = await shown(CLAIRE);
    const newer = await codeSentTo(app, CLAIRE_MAIL);
    expect((await send(theirs.visitor, theirs.page, { code: older })).alertCode).to.equal(
      'signin.code_wrong',
    );
    expect((await send(mine.visitor, mine.page, { code: newer })).alertCode).to.equal('signin.code_wrong');
    const done = await send(mine.visitor, mine.page, { code: older });
    expect(done.url.searchParams.get('code')).to.be.a('string');
    const again = await shown(CLAIRE);
    expect((await send(again.visitor, again.page, { code: older })).alertCode).to.equal('signin.code_wrong');
  });
});
