import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { PASSWORD, exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { listenForLogout, type LogoutListener } from '../support/logout-listener.ts';
import {
  createVisitor,
  payloadOf,
  postAsClient,
  reasonOfDecision,
  redeem,
} from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const OFFLINE = { params: { scope: 'openid profile offline_access' } };
const HOUR = 3600;

describe('sessions', () => {
  let app: TestApp;
  let party: LogoutListener;
  before(async () => {
    party = await listenForLogout();
    const region = exampleRegion();
    const [dcc] = region.applications;
    Object.assign(dcc ?? {}, { backchannel_logout_uri: party.url });
    const docs = region.applications.find(({ client_id }) => client_id === 'docs');
    for (const id of ['docs-two', 'docs-three', 'docs-four']) {
      if (docs) region.applications.push({ ...docs, client_id: id });
    }
    app = await startTestApp({ region });
  });
  after(async () => {
    await app.destroy();
    await party.close();
  });
  beforeEach(() => {
    party.tokens.length = 0;
    party.status = 200;
  });

  const userinfo = async (token: unknown) =>
    (await fetch(`${app.issuer}/oidc/userinfo`, { headers: { Authorization: `Bearer ${String(token)}` } }))
      .status;
  const evaluate = (sid: unknown) => reasonOfDecision(app, sid);

  it('ends after four hours without activity', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn(CLAIRE);
    app.clock.advance(4 * HOUR - 60);
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
    app.clock.advance(4 * HOUR + 1);
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
  });

  it('trap 7: counts refreshes, userinfo and decisions as activity, and ends after twelve hours all the same', async () => {
    const visitor = createVisitor(app);
    let { body } = await redeem(app, await visitor.signIn(CLAIRE, OFFLINE));
    const { sid } = payloadOf(body.id_token);
    for (let hour = 3; hour < 12; hour += 3) {
      app.clock.advance(3 * HOUR);
      if (hour === 3)
        body = (
          await postAsClient(app, '/oidc/token', {
            grant_type: 'refresh_token',
            refresh_token: String(body.refresh_token),
          })
        ).body;
      if (hour === 6) expect(await evaluate(sid)).to.equal('permitted_document');
      if (hour === 9) expect(await evaluate(sid)).to.equal('permitted_document');
    }
    expect(await evaluate(sid)).to.equal('permitted_document');
    app.clock.advance(3 * HOUR);
    expect(await evaluate(sid)).to.equal('session_ended');
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
  });

  it('takes a new identifier at every rise of level (session fixation)', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    await visitor.browser.submit(
      started.page,
      'identify',
      { login: CLAIRE, password: PASSWORD },
      { stopAt: 'http://localhost:9/' },
    );
    const low = visitor.browser.cookie('localhost', 'trousseau_session');
    await visitor.signIn(CLAIRE);
    const high = visitor.browser.cookie('localhost', 'trousseau_session');
    expect(low).to.be.a('string').and.not.equal(high);
    const fixed = await fetch(`${app.issuer}/`, { headers: { Cookie: `trousseau_session=${low}` } });
    expect(await fixed.text()).to.not.include('Déconnexion');
  });

  it('trap 17: signs out everywhere: tokens die, the other application is told by its own sid, the session is gone', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn(CLAIRE, OFFLINE));
    const { sid } = payloadOf(body.id_token);
    const page = await visitor.browser.get(
      `${app.issuer}/logout?${new URLSearchParams({ id_token_hint: String(body.id_token), post_logout_redirect_uri: 'http://localhost:9/bye', state: 's' })}`,
    );
    const form = page.forms.find(({ fields }) => fields['xsrf'] !== undefined);
    const gone = await visitor.browser.submit(
      page,
      form?.id ?? '',
      { logout: 'yes' },
      { stopAt: 'http://localhost:9/' },
    );
    expect(gone.url.href).to.equal('http://localhost:9/bye?state=s');
    const done = await visitor.browser.get(`${app.issuer}/logout/success`);
    expect(done.status).to.equal(200);
    expect(await userinfo(body.access_token)).to.equal(401);
    const refreshed = await postAsClient(app, '/oidc/token', {
      grant_type: 'refresh_token',
      refresh_token: String(body.refresh_token),
    });
    expect(refreshed.body.error).to.equal('invalid_grant');
    expect(await evaluate(sid)).to.equal('session_ended');
    await app.outbox.drain();
    // Sessions of other tests run out meanwhile, and are told as well.
    const [told, ...more] = party.tokens.filter(token => payloadOf(token)['sid'] === sid);
    expect(more).to.deep.equal([]);
    const token = payloadOf(told);
    expect(token).to.include({ sub: 'acc-claire', sid, aud: 'dcc', iss: app.issuer });
    expect(token).to.not.have.property('nonce');
    expect(token['events']).to.have.key('http://schemas.openid.net/event/backchannel-logout');
    expect(decodeProtectedHeader(told ?? '').typ).to.equal('logout+jwt');
  });

  it('answers a sign-out without a session, and a form_post, in our own words', async () => {
    const nobody = createVisitor(app);
    const page = await nobody.browser.get(`${app.issuer}/logout`);
    expect(page.forms[0]?.id).to.equal('relay');
    expect(page.body).to.include('Continuer').and.not.include('Submitting Callback');
    const done = await nobody.browser.submit(page, 'relay');
    expect([done.status, done.url.pathname]).to.deep.equal([200, '/logout/success']);
    const visitor = createVisitor(app);
    await visitor.signIn(CLAIRE);
    const posted = await visitor.authorize({ response_mode: 'form_post', state: 'a"b&c' });
    const [form] = posted.page.forms;
    expect(form?.action.href).to.equal('http://localhost:9/callback');
    expect(form?.fields).to.include({ state: 'a"b&c' }).and.have.property('code');
  });

  it('tells a relying party that was down again, until it has taken the logout', async () => {
    party.status = 500;
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn(CLAIRE));
    const live = await app.oidc.sessions.findBySid(String(payloadOf(body.id_token)['sid']));
    await app.oidc.sessions.end(live?.uid ?? '', 'test');
    await app.outbox.drain();
    expect(party.tokens).to.have.length(1);
    party.status = 200;
    app.clock.advance(HOUR);
    await app.outbox.drain();
    expect(
      party.tokens.filter(token => payloadOf(token)['sid'] === payloadOf(party.tokens[0])['sid']),
    ).to.have.length(2);
    app.clock.advance(HOUR);
    await app.outbox.drain();
    expect(
      party.tokens.filter(token => payloadOf(token)['sid'] === payloadOf(party.tokens[0])['sid']),
    ).to.have.length(2);
  });

  it('opens several applications at the same moment, each for good', async () => {
    const visitor = createVisitor(app);
    const page = await visitor.browser.get(`${app.issuer}/`);
    await visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD });
    const parties = ['docs', 'docs-two', 'docs-three', 'docs-four'];
    const opened = await Promise.all(
      parties.map(
        async client => [client, await visitor.authorize({ client_id: client, scope: 'openid' })] as const,
      ),
    );
    const answers = await Promise.all(
      opened.map(([client, { callback, verifier }]) =>
        postAsClient(
          app,
          '/oidc/token',
          {
            grant_type: 'authorization_code',
            code: callback.get('code') ?? '',
            redirect_uri: 'http://localhost:9/callback',
            code_verifier: verifier,
          },
          client,
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
  });

  it('does not answer for a suspended person, whatever their tokens', async () => {
    const visitor = createVisitor(app);
    const { body } = await redeem(app, await visitor.signIn('marc.lefevre', OFFLINE));
    await app.services.directory.professionals.update('acc-marc', person => ({
      ...person,
      status: 'suspended',
    }));
    expect(await userinfo(body.access_token)).to.equal(401);
    const refreshed = await postAsClient(app, '/oidc/token', {
      grant_type: 'refresh_token',
      refresh_token: String(body.refresh_token),
    });
    expect(refreshed.body.error).to.equal('invalid_grant');
    expect((await visitor.authorize()).page.forms[0]?.id).to.equal('identify');
  });

  it('asks a running session for a règlement that has taken force since', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn(CLAIRE);
    await app.services.terms.put({
      version: '2027-1',
      title: 'Nouveau',
      text: 'Mieux faire.',
      fromMs: app.clock.nowMs() + 60_000,
    });
    expect((await visitor.authorize()).callback.get('code')).to.be.a('string');
    app.clock.advance(61);
    const { page } = await visitor.authorize();
    expect(page.forms[0]?.id).to.equal('terms');
    const done = await visitor.browser.submit(
      page,
      'terms',
      { accept: 'on' },
      { stopAt: 'http://localhost:9/' },
    );
    expect(done.url.searchParams.get('code')).to.be.a('string');
  });
});
