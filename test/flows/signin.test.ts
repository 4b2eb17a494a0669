import { expect } from 'chai';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, redeem } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const CLAIRE_MAIL = 'claire.dupont@chu.example';

describe('signing in', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('trap 4: asks login and password, then the code that the application’s level needs, and gives ID tokens of that level', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    expect(page.forms[0]?.id).to.equal('identify');
    const second = await visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD });
    expect(second.forms[0]?.id).to.equal('code');
    const signedIn = await visitor.signIn(CLAIRE);
    const { body } = await redeem(app, signedIn);
    const claims = payloadOf(body.id_token);
    expect(claims).to.include({ sub: 'acc-claire', acr: 'urn:trousseau:acr:code', nonce: 'no' });
    expect(claims['amr']).to.have.members(['pwd', 'otp']);
    expect(claims['auth_time']).to.be.a('number');
    expect(claims['sid']).to.be.a('string');
  });

  it('signs in once: a second application opens without a page, with the same authentication', async () => {
    const visitor = createVisitor(app);
    const first = payloadOf((await redeem(app, await visitor.signIn(CLAIRE))).body.id_token);
    const again = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    expect(again.callback.get('code')).to.be.a('string');
    const second = await visitor.authorize();
    const claims = payloadOf((await redeem(app, second)).body.id_token);
    expect(claims['auth_time']).to.equal(first['auth_time']);
  });

  it('accepts the login whatever its case, accents or surrounding spaces', async () => {
    const visitor = createVisitor(app);
    const { callback } = await visitor.signIn('  Clairé.DUPONT ', { email: CLAIRE_MAIL });
    expect(callback.get('code')).to.be.a('string');
  });

  it('opens an application of level pwd with the password alone', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    const done = await visitor.browser.submit(
      page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      { stopAt: 'http://localhost:9/' },
    );
    expect(done.url.searchParams.get('code')).to.be.a('string');
  });

  it('steps up from a running session by asking only for the code', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    await visitor.browser.submit(
      started.page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      { stopAt: 'http://localhost:9/' },
    );
    const { page } = await visitor.authorize();
    expect(page.forms[0]?.id).to.equal('code');
  });

  it('trap 3: answers an unreachable level with an error and never with another page', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn(CLAIRE);
    for (const acr of ['urn:trousseau:acr:card', 'urn:trousseau:acr:mfa', 'eidas1', 'urn:nobody:knows']) {
      const { callback } = await visitor.authorize({ acr_values: acr });
      expect(callback.get('error'), acr).to.equal('unmet_authentication_requirements');
    }
  });

  it('trap 3: answers with an error when the level has risen between the last step and the way back', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    const left = await visitor.browser.submit(
      page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      { stopAt: `${app.issuer}/oidc/authorize/` },
    );
    const { applications } = app.services.directory;
    await applications.update('docs', docs => ({ ...docs, minimumAcr: 'urn:trousseau:acr:card' }));
    // Applications are remembered for a few seconds.
    app.clock.advance(60);
    try {
      const back = await visitor.browser.get(left.url, { stopAt: 'http://localhost:9/' });
      expect(back.url.searchParams.get('error')).to.equal('unmet_authentication_requirements');
    } finally {
      await applications.update('docs', ({ minimumAcr: _raised, ...docs }) => docs);
      app.clock.advance(60);
    }
  });

  it('asks the password again for prompt=login and for max_age, and moves auth_time', async () => {
    const visitor = createVisitor(app);
    const first = payloadOf((await redeem(app, await visitor.signIn(CLAIRE))).body.id_token);
    app.clock.advance(5);
    for (const params of [{ prompt: 'login' }, { max_age: '0' }] as Record<string, string>[]) {
      const { page } = await visitor.authorize(params);
      expect(page.forms[0]?.id).to.equal('password');
    }
    const again = await visitor.signIn(CLAIRE, { params: { prompt: 'login' } });
    const claims = payloadOf((await redeem(app, again)).body.id_token);
    expect(claims['auth_time']).to.be.greaterThan(Number(first['auth_time']));
    expect(claims['acr']).to.equal('urn:trousseau:acr:code');
  });

  it('asks whoever has no password for another means again', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', { login: 'sans.mdp', method: 'code' });
    const code = { code: await codeSentTo(app, 'sans.mdp@chu.example') };
    await visitor.browser.submit(asked, 'code', code, { stopAt: 'http://localhost:9/' });
    const again = await visitor.authorize({ prompt: 'login' });
    expect(again.page.forms[0]?.id).to.equal('code');
    const fresh = { code: await codeSentTo(app, 'sans.mdp@chu.example') };
    const done = await visitor.browser.submit(again.page, 'code', fresh, { stopAt: 'http://localhost:9/' });
    expect(done.url.searchParams.get('code')).to.be.a('string');
  });

  it('takes nothing for a proof where no means is left to prove oneself again', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const login = 'sans.mdp';
    const email = `${login}@chu.example`;
    const asked = await visitor.browser.submit(page, 'identify', { login, method: 'code' });
    const code = { code: await codeSentTo(app, email) };
    await visitor.browser.submit(asked, 'code', code, { stopAt: 'http://localhost:9/' });
    const { professionals } = app.services.directory;
    await professionals.update('acc-sans', ({ email: _gone, ...rest }) => rest);
    try {
      const { callback } = await visitor.authorize({ prompt: 'login' });
      expect(callback.get('error')).to.equal('unmet_authentication_requirements');
      expect(callback.get('code')).to.equal(null);
    } finally {
      await professionals.update('acc-sans', professional => ({ ...professional, email }));
    }
  });

  it('refuses prompt=none without a session, and accepts prompt=consent without a page', async () => {
    const stranger = createVisitor(app);
    const none = await stranger.authorize({ prompt: 'none' });
    expect(none.callback.get('error')).to.equal('login_required');
    const visitor = createVisitor(app);
    await visitor.signIn(CLAIRE);
    const consent = await visitor.authorize({ prompt: 'consent' });
    expect(consent.callback.get('code')).to.be.a('string');
  });

  it('refuses an application of a network in which the person has no membership', async () => {
    const visitor = createVisitor(app);
    const { callback } = await visitor.signIn(CLAIRE, { params: { client_id: 'perinat', scope: 'openid' } });
    expect(callback.get('error')).to.equal('access_denied');
  });

  it('asks the situation of a person who works in two places, and carries it in the tokens', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    const asked = await visitor.browser.submit(page, 'identify', { login: 'deux.lieux', password: PASSWORD });
    expect(asked.forms[0]?.id).to.equal('situation');
    const wrong = await visitor.browser.submit(asked, 'situation', { situation: 'ailleurs' });
    expect(wrong.alertCode).to.equal('signin.situation_missing');
    const done = await visitor.browser.submit(
      wrong,
      'situation',
      { situation: 'clinique' },
      { stopAt: 'http://localhost:9/' },
    );
    expect(done.url.searchParams.get('code')).to.be.a('string');
    const next = await visitor.signIn('deux.lieux', { params: { scope: 'openid professional' } });
    expect(payloadOf((await redeem(app, next)).body.id_token)['situation']).to.include({
      organisation: 'clinique',
    });
  });

  it('leads a first sign-in through code, new password and règlement, in that order', async () => {
    const visitor = createVisitor(app);
    let { page } = await visitor.authorize();
    page = await visitor.browser.submit(page, 'identify', { login: 'neuf.nouveau', password: PASSWORD });
    page = await visitor.browser.submit(page, 'code', {
      code: await codeSentTo(app, 'neuf.nouveau@chu.example'),
    });
    expect(page.forms[0]?.id).to.equal('change-password');
    const chosen = 'Belette-2027!';
    const differ = await visitor.browser.submit(page, 'change-password', {
      new_password: chosen,
      new_password_repeat: 'x',
    });
    expect(differ.alertCode).to.equal('signin.passwords_differ');
    const same = await visitor.browser.submit(page, 'change-password', {
      new_password: PASSWORD,
      new_password_repeat: PASSWORD,
    });
    expect(same.alertCode).to.equal('signin.password_refused');
    page = await visitor.browser.submit(page, 'change-password', {
      new_password: chosen,
      new_password_repeat: chosen,
    });
    expect(page.forms[0]?.id).to.equal('terms');
    const refused = await visitor.browser.submit(page, 'terms');
    expect(refused.alertCode).to.equal('signin.terms_not_accepted');
    page = await visitor.browser.submit(page, 'terms', { accept: 'on' }, { stopAt: 'http://localhost:9/' });
    expect(page.url.searchParams.get('code')).to.be.a('string');
    const told = (await app.mails()).filter(
      ({ to, text }) => to === 'neuf.nouveau@chu.example' && !/\b\d{6}\b/u.test(text),
    );
    expect(told).to.have.length(1);
    const account = await app.services.accounts.get('acc-neuf');
    expect(account?.termsAccepted[0]).to.include({ version: '2026-1' });
  });

  it('refuses a wrong password, an unknown login and a closed account with one and the same answer', async () => {
    const answers = await Promise.all(
      [
        [CLAIRE, 'Faux-2026!'],
        ['personne.inconnue', PASSWORD],
        ['clos.ferme', PASSWORD],
      ].map(async ([login = '', password = '']) => {
        const { browser, authorize } = createVisitor(app);
        const { page } = await authorize();
        const refused = await browser.submit(page, 'identify', { login, password });
        const shape = refused.body
          .replaceAll(login, '')
          .replace(/value="[^"]*"|nonce="[^"]*"|interaction=[^"]*/gu, '')
          .replace(/Référence[^<]*/u, '');
        return { status: refused.status, code: refused.alertCode, shape };
      }),
    );
    expect(answers[0]?.code).to.equal('signin.credentials_refused');
    expect(answers[1]).to.deep.equal(answers[0]);
    expect(answers[2]).to.deep.equal(answers[0]);
  });

  it('keeps the login that was typed and never the password', async () => {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const refused = await browser.submit(page, 'identify', { login: CLAIRE, password: 'Faux-2026!' });
    expect(refused.forms[0]?.fields['login']).to.equal(CLAIRE);
    expect(refused.body).to.not.include('Faux-2026!');
  });

  it('signs in by a code alone, for at most one hour', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', { login: CLAIRE, method: 'code' });
    expect(asked.forms[0]?.id).to.equal('code');
    expect(asked.body).to.not.include('c•••@');
    const done = await visitor.browser.submit(
      asked,
      'code',
      { code: await codeSentTo(app, CLAIRE_MAIL) },
      { stopAt: 'http://localhost:9/' },
    );
    expect(done.url.searchParams.get('code')).to.be.a('string');
    app.clock.advance(3590);
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
    app.clock.advance(20);
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
  });

  it('asks whoever came by a code alone for the password, where such a code is only level pwd', async () => {
    const env = { TROUSSEAU_CODE_ALONE_ACR: 'urn:trousseau:acr:pwd', TROUSSEAU_CODE_DIGITS: '8' };
    const strict = await startTestApp({ env });
    try {
      const visitor = createVisitor(strict);
      const { page } = await visitor.authorize();
      const asked = await visitor.browser.submit(page, 'identify', { login: CLAIRE, method: 'code' });
      const code = await codeSentTo(strict, CLAIRE_MAIL);
      expect(code).to.have.lengthOf(8);
      expect(asked.body).to.include('Code à 8 chiffres');
      const next = await visitor.browser.submit(asked, 'code', { code });
      expect(next.forms[0]?.id).to.equal('password');
      const done = await visitor.browser.submit(
        next,
        'password',
        { password: PASSWORD },
        { stopAt: 'http://localhost:9/' },
      );
      expect(done.url.searchParams.get('code')).to.be.a('string');
    } finally {
      await strict.destroy();
    }
  });

  it('shows an unknown login the same code page, and sends nothing', async () => {
    const visitor = createVisitor(app);
    const before = (await app.mails()).length;
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', {
      login: 'personne.inconnue',
      method: 'code',
    });
    expect(asked.forms[0]?.id).to.equal('code');
    const refused = await visitor.browser.submit(asked, 'code', { code: '123456' });
    expect(refused.alertCode).to.equal('signin.code_wrong');
    expect((await app.mails()).length).to.equal(before);
  });

  it('takes a second click on the last button for the first', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    const click = () =>
      visitor.browser.submit(
        page,
        'identify',
        { login: CLAIRE, password: PASSWORD },
        { stopAt: `${app.issuer}/oidc/authorize/` },
      );
    const first = await click();
    const second = await click();
    expect(second.url.href).to.equal(first.url.href);
    const back = await visitor.browser.get(second.url, { stopAt: 'http://localhost:9/' });
    expect(back.url.searchParams.get('code')).to.be.a('string');
  });

  it('asks everything again when the cookies belong to another browser', async () => {
    const mine = createVisitor(app);
    const { page } = await mine.authorize();
    const theirs = createVisitor(app);
    const stolen = await theirs.browser.get(page.url);
    expect(stolen.status).to.equal(400);
    expect(stolen.forms.some(({ id }) => id === 'identify')).to.equal(false);
  });
});
