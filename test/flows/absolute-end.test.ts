import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, postAsClient, redeem } from '../support/relying-party.ts';

const HOUR = 3600;
const LONGEST = 12 * HOUR;
const OFFLINE = { params: { scope: 'openid profile offline_access' } };

describe('a session that is never left alone', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('ends twelve hours after its sign-in, for the browser and for every token', async () => {
    const visitor = createVisitor(app);
    let { body } = await redeem(app, await visitor.signIn('claire.dupont', OFFLINE));
    const sid = String(payloadOf(body.id_token)['sid']);
    const { startedAt = 0, uid = '' } = (await app.oidc.sessions.findBySid(sid)) ?? {};
    const goTo = (seconds: number) => app.clock.advance(startedAt + seconds - app.clock.now());

    const look = async () => {
      const headers = { Authorization: `Bearer ${body.access_token ?? ''}` };
      const kiosk = await visitor.browser.get(`${app.issuer}/`);
      const { page, callback } = await visitor.authorize();
      const userinfo = await fetch(`${app.issuer}/oidc/userinfo`, { headers });
      const refreshed = await postAsClient(app, '/oidc/token', {
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token ?? '',
      });
      if (refreshed.status === 200) body = refreshed.body;
      const introspected = await postAsClient(app, '/oidc/introspect', { token: body.access_token ?? '' });
      return {
        kiosk: kiosk.url.pathname,
        asked: page.forms[0]?.id ?? null,
        code: callback.has('code'),
        userinfo: userinfo.status,
        refreshed: refreshed.status,
        active: introspected.body['active'],
      };
    };
    const open = { kiosk: '/', asked: null, code: true, refreshed: 200, active: true };

    for (let at = HOUR; at < LONGEST; at += HOUR) {
      goTo(at);
      // The access token of the hour before is over; the refresh token has the next one.
      expect(await look(), `after ${at / HOUR} h`).to.deep.equal({ ...open, userinfo: 401 });
    }
    goTo(LONGEST - 120);
    await look();
    expect(await look(), 'two minutes before').to.deep.equal({ ...open, userinfo: 200 });
    expect((await app.oidc.sessions.findByUid(uid))?.expiresAt).to.equal(startedAt + LONGEST);
    goTo(LONGEST);
    const { kiosk, ...others } = await look();
    expect(kiosk).to.match(/^\/interaction\//u);
    expect(others).to.deep.equal({
      asked: 'identify',
      code: false,
      userinfo: 401,
      refreshed: 400,
      active: false,
    });
    expect(await app.oidc.sessions.findByUid(uid)).to.equal(null);
  }).timeout(180_000);
});
