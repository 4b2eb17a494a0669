import { expect } from 'chai';
import { PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import {
  codeSentTo,
  createVisitor,
  payloadOf,
  postAsClient,
  type Authorization,
  type Visitor,
} from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const DOCS = { client_id: 'docs', scope: 'openid' };
const STOP = { stopAt: REDIRECT_URI };

describe('a sign-in that is finished in an older tab, after a stronger one', () => {
  let app: TestApp;
  let visitor: Visitor;
  let older: Authorization;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());
  beforeEach(async () => {
    visitor = createVisitor(app);
    older = await visitor.authorize(DOCS);
    expect(older.page.forms[0]?.id).to.equal('identify');
    await visitor.signIn(CLAIRE);
  });

  async function subAndLevel(callback: URLSearchParams, { verifier }: Authorization) {
    const { body } = await postAsClient(
      app,
      '/oidc/token',
      {
        grant_type: 'authorization_code',
        code: callback.get('code') ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      },
      'docs',
    );
    const { sub, acr, amr, sid } = payloadOf(body.id_token);
    return { sub, acr, amr, sid: String(sid) };
  }

  it('leaves the session its level, its means and its end', async () => {
    const done = await visitor.browser.submit(
      older.page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      STOP,
    );
    const { sub, acr, amr, sid } = await subAndLevel(done.url.searchParams, older);
    expect([sub, acr]).to.deep.equal(['acc-claire', 'urn:trousseau:acr:code']);
    expect(amr).to.have.members(['pwd', 'otp']);
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
    expect((await app.oidc.sessions.findBySid(sid))?.methods).to.have.members(['password', 'code']);
  });

  it('does not shorten it to the hour of a code alone', async () => {
    const chosen = await visitor.browser.submit(
      older.page,
      'identify',
      { login: CLAIRE, method: 'code' },
      STOP,
    );
    const code = await codeSentTo(app, `${CLAIRE}@chu.example`);
    const done = await visitor.browser.submit(chosen, 'code', { code }, STOP);
    const { sid } = await subAndLevel(done.url.searchParams, older);
    app.clock.advance(2 * 3600);
    expect((await app.oidc.sessions.findBySid(sid))?.accountId).to.equal('acc-claire');
  });

  it('asks nothing when the tab is only looked at again', async () => {
    const again = await visitor.browser.get(older.page.url.href, STOP);
    const { sub, acr } = await subAndLevel(again.url.searchParams, older);
    expect([sub, acr]).to.deep.equal(['acc-claire', 'urn:trousseau:acr:code']);
  });

  it('is that of whoever signs in there, never of the person of the other tab', async () => {
    const marc = { login: 'marc.lefevre', password: PASSWORD };
    const relay = await visitor.browser.submit(older.page, 'identify', marc, STOP);
    const done = await visitor.browser.submit(relay, 'relay', {}, STOP);
    const { sub, acr, amr } = await subAndLevel(done.url.searchParams, older);
    expect([sub, acr, amr]).to.deep.equal(['acc-marc', 'urn:trousseau:acr:pwd', ['pwd']]);
  });
});
