import { expect } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import { createBrowserless } from '../../scripts/interop/browserless.ts';
import { startDemoDcc } from '../../scripts/demo/dcc/index.ts';
import { startWorld, type World } from './world.ts';

describe('the demo DCC signs people in', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.close());

  it('with code, PKCE, state and nonce, asking for its level, and shows who is signed in', async () => {
    const visitor = createBrowserless();
    const start = await visitor.get(`${world.dcc.url}/sign-in`, { stopAt: world.issuer });
    const asked = start.url.searchParams;
    expect(asked.get('response_type')).to.equal('code');
    expect(asked.get('code_challenge_method')).to.equal('S256');
    expect(asked.get('acr_values')).to.equal('urn:trousseau:acr:code');
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(asked.get(name)?.length, name).to.be.at.least(43);

    const page = await visitor.get(start.url);
    expect(page.url.href).to.equal(`${world.dcc.url}/patients`);
    expect(page.body).to.contain('Claire Dupont');
  });

  it('and shows at which level and how, as the ID token says', async () => {
    const page = await createBrowserless().get(`${world.dcc.url}/patients`);
    expect(page.body)
      .to.contain(`<code data-acr>${world.script.acr}</code>`)
      .and.contain('<code data-amr>pwd</code>');
  });

  it('and brings them back to the page they came for', async () => {
    const page = await createBrowserless().get(`${world.dcc.url}/records/2026-0101`);
    expect([page.status, page.url.pathname]).to.deep.equal([200, '/records/2026-0101']);
  });

  it('without ever leading to a page elsewhere', async () => {
    for (const returnTo of ['https://evil.example/', '//evil.example', '/\\evil.example', '/records/../x']) {
      const query = new URLSearchParams({ return_to: returnTo });
      const page = await createBrowserless().get(`${world.dcc.url}/sign-in?${query}`);
      expect(page.url.href, returnTo).to.equal(`${world.dcc.url}/patients`);
    }
  });

  it('under a cookie that scripts cannot read, with a new id at every sign-in', async () => {
    const visitor = createBrowserless();
    const start = await visitor.get(`${world.dcc.url}/sign-in`, { stopAt: world.issuer });
    expect(start.headers.get('set-cookie'))
      .to.match(/^dcc_session=/u)
      .and.match(/samesite=lax/iu)
      .and.match(/httponly/iu);
    const before = visitor.cookie('127.0.0.1', 'dcc_session');
    await visitor.get(start.url);
    expect(visitor.cookie('127.0.0.1', 'dcc_session')).not.to.equal(before);
  });

  it('and the session of before a new sign-in is worth nothing after it', async () => {
    const visitor = createBrowserless();
    await visitor.get(`${world.dcc.url}/patients`);
    const cookie = `dcc_session=${visitor.cookie('127.0.0.1', 'dcc_session')}`;
    const answer = () => fetch(`${world.dcc.url}/patients`, { headers: { cookie }, redirect: 'manual' });
    expect((await answer()).status).to.equal(200);
    await visitor.get(`${world.dcc.url}/sign-in`);
    expect((await answer()).status).to.equal(302);
  });

  it('for four idle hours, and twelve in all', async () => {
    const visitor = createBrowserless();
    const isOpen = async () => {
      const page = await visitor.get(`${world.dcc.url}/patients`, { stopAt: world.issuer });
      return page.url.origin !== world.issuer;
    };
    const hour = 3600;
    await visitor.get(`${world.dcc.url}/patients`);
    for (let passed = 3; passed < 12; passed += 3) {
      world.clock.advance(3 * hour);
      expect(await isOpen(), `${passed} hours of work`).to.be.true;
    }
    world.clock.advance(3 * hour);
    expect(await isOpen(), 'twelve hours').to.be.false;
    await visitor.get(`${world.dcc.url}/patients`);
    world.clock.advance(4 * hour);
    expect(await isOpen(), 'four idle hours').to.be.false;
  });

  it('not when the level that came back is lower than the one asked for', async () => {
    world.script.acr = 'urn:trousseau:acr:pwd';
    const visitor = createBrowserless();
    const page = await visitor.get(`${world.dcc.url}/patients`);
    expect([page.status, page.alertCode]).to.deep.equal([403, 'unmet_authentication_requirements']);
    const list = await visitor.get(`${world.dcc.url}/patients`, { stopAt: world.issuer });
    expect(list.url.origin, 'nobody is signed in').to.equal(world.issuer);
  });

  it('not when the level that came back is unknown', async () => {
    world.script.acr = 'urn:elsewhere:strong';
    const page = await createBrowserless().get(`${world.dcc.url}/patients`);
    expect(page.alertCode).to.equal('unmet_authentication_requirements');
  });

  for (const error of ['access_denied', 'unmet_authentication_requirements'])
    it(`and shows a page when the provider answers ${error}`, async () => {
      world.script.error = error;
      const page = await createBrowserless().get(`${world.dcc.url}/patients`);
      expect([page.status, page.alertCode]).to.deep.equal([403, error]);
      expect(page.forms.map(({ id }) => id)).to.deep.equal(['sign-in']);
    });

  it('not with an answer that this browser did not ask for', async () => {
    const visitor = createBrowserless();
    const stopAt = `${world.dcc.url}/callback`;
    const answer = await visitor.get(`${world.dcc.url}/sign-in`, { stopAt });
    const stranger = await createBrowserless().get(answer.url);
    expect([stranger.status, stranger.alertCode]).to.deep.equal([403, 'unknown_sign_in']);
    const own = await visitor.get(answer.url);
    expect(own.url.pathname).to.equal('/patients');
    const again = await visitor.get(answer.url);
    expect(again.alertCode, 'the same answer twice').to.equal('unknown_sign_in');
  });

  it('not with an ID token that another key signed', async () => {
    const { publicKey } = await generateKeyPair('RS256');
    world.script.publishedKeys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
    const page = await createBrowserless().get(`${world.dcc.url}/patients`);
    expect([page.status, page.alertCode]).to.deep.equal([403, 'invalid_response']);
  });

  it('not with an answer from another issuer (RFC 9207)', async () => {
    const visitor = createBrowserless();
    const answer = await visitor.get(`${world.dcc.url}/sign-in`, { stopAt: `${world.dcc.url}/callback` });
    answer.url.searchParams.set('iss', 'https://evil.example');
    expect((await visitor.get(answer.url)).status).to.equal(403);
  });

  it('in several tabs at once', async () => {
    const visitor = createBrowserless();
    const stopAt = `${world.dcc.url}/callback`;
    const first = await visitor.get(`${world.dcc.url}/sign-in`, { stopAt });
    const second = await visitor.get(`${world.dcc.url}/sign-in`, { stopAt });
    expect((await visitor.get(second.url)).url.pathname).to.equal('/patients');
    expect((await visitor.get(first.url)).url.pathname).to.equal('/patients');
  });

  it('RP-initiated logout: ends its own session and the provider’s', async () => {
    const visitor = createBrowserless();
    const list = await visitor.get(`${world.dcc.url}/patients`);
    const asked = await visitor.submit(list, 'sign-out');
    expect(asked.url.origin).to.equal(world.issuer);
    const out = await visitor.submit(asked, 'op.logoutForm');
    expect(out.url.href).to.equal(`${world.dcc.url}/signed-out`);
    const before = world.authorizations.length;
    await visitor.get(`${world.dcc.url}/patients`);
    expect(world.authorizations.length, 'the provider asks again').to.equal(before + 1);
  });

  it('and refuses a sign-out that another site posted', async () => {
    const visitor = createBrowserless();
    const list = await visitor.get(`${world.dcc.url}/patients`);
    const page = await visitor.submit(list, 'sign-out', { csrf: 'forged' });
    expect(page.status).to.equal(403);
    expect((await visitor.get(`${world.dcc.url}/patients`)).status).to.equal(200);
  });
});

describe('the demo DCC waits for its provider', () => {
  it('starts without it, says so, and tries again for the next person', async () => {
    const world = await startWorld();
    const { issuer } = world;
    await world.close();
    const note = () => undefined;
    const dcc = await startDemoDcc({
      issuer,
      clientId: 'dcc',
      clientSecret: 'x',
      host: '127.0.0.1',
      port: 0,
      logger: { info: note, warn: note },
    });
    try {
      for (let attempt = 0; attempt < 2; attempt++) {
        const page = await createBrowserless().get(`${dcc.url}/patients`);
        expect([page.status, page.alertCode]).to.deep.equal([503, 'provider_unreachable']);
      }
    } finally {
      await dcc.close();
    }
  });
});
