import { expect } from 'chai';
import { ACR } from '#kernel/index.ts';
import { PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, postAsClient, redeem, type Visitor } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const MAIL = 'claire.dupont@chu.example';
const STOP = { stopAt: REDIRECT_URI };
const SHARED = { shared_workstation: 'yes' };
const MINUTE = 60;

describe('a sign-in on a shared workstation', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  const docs = { client_id: 'docs', scope: 'openid' };
  async function signIn(visitor: Visitor, fields: Readonly<Record<string, string>> = SHARED) {
    const { page } = await visitor.authorize(docs);
    return visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD, ...fields }, STOP);
  }
  /** What the browser is shown when it asks again: a page, or nothing at all. */
  const asked = async (visitor: Visitor) => (await visitor.authorize(docs)).page.forms[0]?.id;

  it('ends after fifteen minutes without activity, and any other after four hours', async () => {
    const [shared, own] = [createVisitor(app), createVisitor(app)];
    await signIn(shared);
    await signIn(own, {});
    app.clock.advance(14 * MINUTE);
    expect(await asked(shared)).to.equal(undefined);
    app.clock.advance(15 * MINUTE + 1);
    expect(await asked(shared)).to.equal('identify');
    expect(await asked(own)).to.equal(undefined);
  });

  it('says so on our own pages', async () => {
    const visitor = createVisitor(app);
    await signIn(visitor);
    for (const path of ['/account', '/account/sessions'])
      expect((await visitor.browser.get(`${app.issuer}${path}`)).body, path).to.include('Poste partagé');
  });

  it('leaves no cookie that outlives the browser, and no device that is known', async () => {
    const visitor = createVisitor(app);
    const names = ['trousseau_session', 'trousseau_session.sig'];
    await signIn(visitor);
    const cookie = names.map(name => `${name}=${visitor.browser.cookie('localhost', name)}`).join('; ');
    const again = new URLSearchParams({ ...docs, response_type: 'code', redirect_uri: REDIRECT_URI });
    const answer = await fetch(
      `${app.issuer}/oidc/authorize?${again}&code_challenge=${'x'.repeat(43)}&code_challenge_method=S256`,
      { redirect: 'manual', headers: { cookie } },
    );
    const given = answer.headers.getSetCookie().filter(line => line.startsWith('trousseau_session'));
    expect(given).to.have.lengthOf(2);
    expect(given.filter(line => /expires|max-age/iu.test(line))).to.deep.equal([]);
    expect(visitor.browser.cookie('localhost', 'trousseau_device')).to.equal(undefined);
  });

  it('stays shared through a step-up that does not say so, by any means', async () => {
    const visitor = createVisitor(app);
    await signIn(visitor);
    const raised = await visitor.authorize({ acr_values: ACR.code });
    expect(raised.page.forms[0]?.id).to.equal('code');
    const page = await visitor.browser.submit(
      raised.page,
      'code',
      { code: await codeSentTo(app, MAIL) },
      STOP,
    );
    expect(page.url.searchParams.get('code')).to.be.a('string');
    app.clock.advance(15 * MINUTE + 1);
    expect(await asked(visitor)).to.equal('identify');
  });

  it('holds for a means that is chosen by its button, and may be taken back before the proof', async () => {
    const choose = { login: CLAIRE, method: 'code' };
    for (const [fields, isShared] of [
      [SHARED, true],
      [{ shared_workstation: [] }, false],
    ] as const) {
      const visitor = createVisitor(app);
      const { page } = await visitor.authorize(docs);
      let next = await visitor.browser.submit(page, 'identify', { ...choose, ...SHARED });
      next = await visitor.browser.submit(next, 'code', { restart: '1' });
      expect(next.body).to.match(/name="shared_workstation" value="yes" checked/u);
      next = await visitor.browser.submit(next, 'identify', { ...choose, ...fields });
      await visitor.browser.submit(next, 'code', { code: await codeSentTo(app, MAIL) }, STOP);
      app.clock.advance(16 * MINUTE);
      expect(await asked(visitor)).to.equal(isShared ? 'identify' : undefined);
    }
  });

  it('is lengthened by what applications do for the person, and its tokens end with it', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize({ scope: 'openid offline_access' });
    let page = await visitor.browser.submit(
      started.page,
      'identify',
      { login: CLAIRE, password: PASSWORD, ...SHARED },
      STOP,
    );
    page = await visitor.browser.submit(page, 'code', { code: await codeSentTo(app, MAIL) }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    const refresh = (token: unknown) =>
      postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token: String(token) });
    app.clock.advance(14 * MINUTE);
    const renewed = await refresh(body.refresh_token);
    app.clock.advance(14 * MINUTE);
    const again = await refresh(renewed.body.refresh_token);
    expect([renewed.status, again.status]).to.deep.equal([200, 200]);
    app.clock.advance(15 * MINUTE + 1);
    expect((await refresh(again.body.refresh_token)).body.error).to.equal('invalid_grant');
  });
});
