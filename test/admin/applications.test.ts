import { expect } from 'chai';
import { hashToken, isAppError } from '#kernel/index.ts';
import type { Page } from '../../scripts/interop/browserless.ts';
import { checkSettings, newApplication, withSettings } from '../../src/admin/applications/settings.ts';
import { administeredRegion, passSignIn } from '../support/administrators.ts';
import { CLIENT, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { codeSentTo } from '../support/relying-party.ts';

const NEW = '/admin/applications/new';
const DCC = '/admin/applications/dcc';

/** The region, with one application bound to the CHU. */
function regionWithBranch() {
  const region = administeredRegion();
  const [dcc] = region.applications;
  return {
    ...region,
    applications: [...region.applications, { ...dcc, client_id: 'du-chu', branch: 'chu' }],
  };
}

describe('applications in administration', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: regionWithBranch() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const application = (id: string) => app.services.directory.applications.get(id);
  const settings = (more: Readonly<Record<string, string>> = {}) => ({
    name: 'Téléexpertise',
    network: 'cancerologie',
    redirect_uris: 'https://tele.example/retour',
    grant_types: 'authorization_code',
    scopes: 'openid',
    token_endpoint_auth_method: 'client_secret_basic',
    require_pkce: 'on',
    ...more,
  });
  const secretIn = (body: string) => /id="client-secret">([^<]+)</u.exec(body)?.[1] ?? '';

  /** Status of the token endpoint: 400 (`unauthorized_client`) or 200 for a right secret, 401 for a wrong one. */
  async function statusWith(id: string, secret: string): Promise<number> {
    const { status } = await fetch(`${app.issuer}/oidc/token`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    return status;
  }

  it('are the region’s to see and to change, an auditor’s to read, and nobody else’s', async () => {
    expect((await desk.page('anne', '/admin/applications')).body).to.include(`href="${DCC}"`);
    expect((await desk.page('nadia', DCC)).status).to.equal(200);
    expect((await desk.page('nadia', `${DCC}/edit`)).status).to.equal(403);
    for (const who of ['paul', 'carole'])
      for (const path of ['/admin/applications', DCC, `${DCC}/edit`, `${DCC}/secret`, `${DCC}/test`, NEW])
        expect((await desk.page(who, path)).status, `${who} ${path}`).to.equal(403);
  });

  it('client across branches: an auditor of the CHU sees its application, and the others like nothing', async () => {
    const list = (await desk.page('noe', '/admin/applications')).body;
    expect(list).to.include('/admin/applications/du-chu').and.not.include(`href="${DCC}"`);
    expect(list).to.include('1 application<');
    for (const id of ['dcc', 'aucune']) {
      const { status, alertCode } = await desk.page('noe', `/admin/applications/${id}`);
      expect([status, alertCode]).to.deep.equal([404, 'admin.not_found']);
    }
  });

  it('are added with a secret that is shown once, works, and stands nowhere else', async () => {
    const added = await desk.post('anne', NEW, NEW, settings({ client_id: 'tele' }));
    const secret = secretIn(added.body);
    expect(secret).to.have.length(43);
    expect(added.headers.get('cache-control')).to.equal('no-store');
    expect(await statusWith('tele', secret)).to.equal(400);
    expect(await statusWith('tele', `${secret}x`)).to.equal(401);
    expect(await application('tele')).to.deep.include({
      clientSecretHash: hashToken(secret),
      network: 'cancerologie',
    });
    expect((await desk.page('anne', '/admin/applications/tele')).body).to.not.include(secret);
    const { items } = await app.services.audit.list({ limit: 1000 });
    expect(items.some(({ type }) => type === 'admin.application.created')).to.equal(true);
    for (const place of [app.log(), JSON.stringify(items), added.url.href]) {
      expect(place).to.not.include(secret);
      expect(place).to.not.include(hashToken(secret));
    }
    const again = await desk.post('anne', NEW, NEW, settings({ client_id: 'tele' }));
    expect([again.status, again.alertCode, secretIn(again.body)]).to.deep.equal([
      409,
      'admin.application_exists',
      '',
    ]);
  });

  for (const [what, uri] of [
    ['runs a script', 'javascript:alert(1)'],
    ['reads a file', 'file:///etc/passwd'],
    ['is data', 'data:text/html,x'],
    ['has a fragment', 'https://tele.example/retour#x'],
    ['is relative', '/retour'],
    ['is missing', ''],
  ] as const) {
    it(`are not added with a return address that ${what}`, async () => {
      const refused = await desk.post(
        'anne',
        NEW,
        NEW,
        settings({ client_id: 'mauvaise', redirect_uris: uri }),
      );
      expect([refused.status, refused.alertCode]).to.deep.equal([422, 'admin.invalid']);
      expect(refused.body).to.include('id="redirect_uris-error"');
      expect(await application('mauvaise')).to.equal(null);
    });
  }

  it('are not added under a reserved name, with an unknown scope, network, means or level', async () => {
    for (const wrong of [
      { client_id: 'trousseau' },
      { client_id: 'new' },
      { client_id: '_essai:dcc' },
      { scopes: 'root' },
      { network: 'aucun' },
      { branch: 'aucun' },
      { minimum_acr: 'strong' },
      { token_endpoint_auth_method: 'magic' },
      { backchannel_logout_uri: 'ftp://x' },
      { kiosk_url: 'javascript:alert(1)' },
    ]) {
      const refused = await desk.post('anne', NEW, NEW, settings({ client_id: 'mauvaise', ...wrong }));
      expect([refused.status, refused.alertCode], JSON.stringify(wrong)).to.deep.equal([
        422,
        'admin.invalid',
      ]);
    }
  });

  it('mass assignment: fields that the form does not have change nothing', async () => {
    await desk.post('anne', DCC, `${DCC}/edit`, {
      ...settings({ name: 'Dossier', redirect_uris: 'http://localhost:9/callback' }),
      clientSecretHash: 'x',
      client_secret: 'chosen-by-somebody-else-0123456789abcdef',
      previousSecretHash: 'x',
      environment: 'formation',
      client_id: 'batch',
    });
    const after = await application('dcc');
    expect(after).to.deep.include({ name: 'Dossier', clientSecretHash: hashToken(CLIENT.secret) });
    expect(after).to.not.have.any.keys('previousSecretHash', 'environment');
    expect((await application('batch'))?.name).to.equal('Batch');
  });

  it('come to another secret, the former one counting until its date or until it is ended', async () => {
    const shown = await desk.page('anne', '/admin/applications/docs/secret');
    const { browser } = await desk.seat('anne');
    const first = await browser.submit(shown, 'rotate', { overlap_days: '7' });
    const secret = secretIn(first.body);
    expect(await statusWith('docs', secret)).to.equal(400);
    expect(await statusWith('docs', CLIENT.secret)).to.equal(400);
    // The same form sent twice replaces once.
    const twice = await browser.submit(shown, 'rotate', { overlap_days: '7' });
    expect([twice.status, twice.alertCode, secretIn(twice.body)]).to.deep.equal([
      409,
      'admin.secret_rotated',
      '',
    ]);
    const at = '/admin/applications/docs';
    expect((await desk.page('anne', at)).body).to.include(`${at}/secret/end`);
    expect((await desk.post('anne', at, `${at}/secret/end`, {})).url.search).to.equal('?done=previous-ended');
    expect(await statusWith('docs', CLIENT.secret)).to.equal(401);
    expect(await statusWith('docs', secret)).to.equal(400);
    // At once: the former one does not count any more.
    await desk.post('anne', `${at}/secret`, `${at}/secret`, {
      overlap_days: '0',
      replaces: hiddenIn((await desk.page('anne', `${at}/secret`)).body),
    });
    expect(await statusWith('docs', secret)).to.equal(401);
    expect(app.log()).to.not.include(secret);
    expect(JSON.stringify((await app.services.audit.list({ limit: 1000 })).items)).to.not.include(secret);
  });

  it('give the new secret to exactly one of fifty who replace it at the same instant', async () => {
    const at = '/admin/applications/perinat';
    const replaces = hiddenIn((await desk.page('anne', `${at}/secret`)).body);
    const pages = await Promise.all(
      Array.from({ length: 50 }, () =>
        desk.post('anne', at, `${at}/secret`, { replaces, overlap_days: '1' }),
      ),
    );
    const secrets = pages.map(({ body }) => secretIn(body)).filter(secret => secret !== '');
    expect(secrets).to.have.length(1);
    expect(await statusWith('perinat', secrets[0] ?? '')).to.equal(400);
    expect(pages.filter(({ alertCode }) => alertCode === 'admin.secret_rotated')).to.have.length(49);
  }).timeout(10_000);

  /** Goes through a sign-in on trial as `anne`, to the page that says what came of it. */
  async function tryOut(id: string): Promise<Page> {
    const { browser } = await desk.seat('anne');
    let page = await desk.page('anne', `/admin/applications/${id}/test`);
    page = await browser.submit(page, 'test');
    for (let step = 0; step < 4 && page.url.pathname.startsWith('/interaction'); step += 1) {
      const form = page.forms[0]?.id ?? '';
      const code = form === 'code' ? await codeSentTo(app, 'anne.test@chu.example') : '';
      const answers: Readonly<Record<string, Record<string, string>>> = {
        identify: { login: 'anne.test', password: PASSWORD },
        password: { password: PASSWORD },
        code: { code },
      };
      page = await browser.submit(page, form, answers[form] ?? {});
    }
    expect(page.url.pathname).to.equal('/admin/trial/callback');
    return page;
  }

  it('are tried by a real sign-in, and what the application would be told is shown to who began it alone', async () => {
    const page = await tryOut('du-chu');
    expect(page.status).to.equal(200);
    expect(page.body)
      .to.include('acc-anne')
      .and.include('_essai:du-chu')
      .and.include('anne.test@chu.example');
    // Once: what came back is worth nothing a second time, here or elsewhere.
    expect((await (await desk.seat('anne')).browser.get(page.url)).status).to.equal(404);
    expect((await (await desk.seat('paul')).browser.get(page.url)).status).to.equal(403);
  }).timeout(10_000);

  it('say on trial what refusal they would receive, where they are not open to the person', async () => {
    const page = await tryOut('perinat');
    expect([page.status, page.alertCode]).to.deep.equal([200, 'access_denied']);
  }).timeout(10_000);

  it('take no return address in clear, except on this very machine, outside a demonstration', async () => {
    const { directory } = app.services;
    const fieldsFor = async (uri: string) => {
      const described = withSettings(newApplication('claire', false), {
        redirect_uris: [uri],
        network: 'cancerologie',
      });
      const asked = { directory, knownScopes: new Set(['openid']), allowsClear: false, before: null };
      return checkSettings(described, asked).then(
        () => [],
        (error: unknown) => (isAppError(error) ? error.errors?.map(({ path }) => path) : error),
      );
    };
    expect(await fieldsFor('http://tele.example/retour')).to.deep.equal(['redirect_uris']);
    expect(await fieldsFor('http://localhost.evil.example/retour')).to.deep.equal(['redirect_uris']);
    expect(await fieldsFor('http://localhost:3001/retour')).to.deep.equal([]);
    expect(await fieldsFor('https://tele.example/retour')).to.deep.equal([]);
  });

  it('forget their secrets when they come to another means', async () => {
    const before = newApplication('claire', false);
    const held = { ...before, clientSecretHash: 'a', previousSecretHash: 'b', previousSecretUntilMs: 1 };
    const after = withSettings(held, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://x.example/j',
    });
    expect(after).to.not.have.any.keys('clientSecretHash', 'previousSecretHash', 'previousSecretUntilMs');
  });

  it('lose the logo of their tile, and keep the tile', async () => {
    const kiosk = {
      url: 'https://docs.example/',
      description: 'Textes',
      logo: 'https://docs.example/logo.png',
    };
    await app.services.directory.applications.update('docs', before => ({ ...before, kiosk }));
    const at = '/admin/applications/docs';
    const shown = await desk.page('anne', at);
    expect(shown.headers.get('content-security-policy')).to.include("img-src 'self' https://docs.example");
    expect((await desk.post('anne', at, `${at}/logo/remove`, {})).url.search).to.equal('?done=logo-removed');
    expect((await application('docs'))?.kiosk).to.deep.equal({
      url: kiosk.url,
      description: kiosk.description,
    });
  });

  it('never send the code of a trial anywhere else, nor without PKCE', async () => {
    const ask = async (more: Readonly<Record<string, string>>) => {
      const query = new URLSearchParams({
        client_id: '_essai:dcc',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: `${app.issuer}/admin/trial/callback`,
        state: 's',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
        ...more,
      });
      return fetch(`${app.issuer}/oidc/authorize?${query}`, { redirect: 'manual' });
    };
    expect((await ask({})).status).to.equal(303);
    expect((await ask({ redirect_uri: 'http://localhost:9/callback' })).status).to.equal(400);
    expect((await ask({ code_challenge: '' })).headers.get('location')).to.include('error=invalid_request');
    expect((await ask({ client_id: '_essai:batch' })).status).to.equal(400);
    expect((await ask({ client_id: '_essai:_essai:dcc' })).status).to.equal(400);
  });

  it('are changed by a form that had grown old, after a sign-in in another tab, with what was typed', async () => {
    desk.freshen('anne');
    const { browser, get } = await desk.seat('anne');
    const form = await get(`${DCC}/edit`);
    app.clock.advance(16 * 60);
    const late = await browser.submit(form, 'application', settings({ name: 'Écrit trop tard' }));
    expect([late.status, late.alertCode]).to.deep.equal([403, 'admin.authentication_too_old']);
    expect(late.body).to.include('href="/admin/identity" target="_blank"');
    const { name = '' } = late.forms.find(({ id }) => id === 'application')?.fields ?? {};
    expect(name).to.equal('Écrit trop tard');

    const otherTab = await get('/admin/identity');
    expect(otherTab.url.pathname).to.match(/^\/interaction\//u);
    const confirmed = await passSignIn(app, browser, otherTab, 'anne');
    expect([confirmed.url.pathname, confirmed.status]).to.deep.equal(['/admin/identity', 200]);

    const sent = await browser.submit(late, 'application', settings({ name }));
    expect(sent.status).to.equal(200);
    expect((await application('dcc'))?.name).to.equal('Écrit trop tard');
    await browser.submit(await get(`${DCC}/edit`), 'application', settings({ name: 'Dossier' }));
  });

  it('are changed with a fresh sign-in only', async () => {
    app.clock.advance(16 * 60);
    const page = await desk.page('anne', `${DCC}/edit`);
    expect(page.url.pathname).to.match(/^\/interaction\//u);
    const posted = await desk.post('anne', DCC, `${DCC}/edit`, settings({ name: 'Trop tard' }));
    expect([posted.status, posted.alertCode]).to.deep.equal([403, 'admin.authentication_too_old']);
    expect((await application('dcc'))?.name).to.equal('Dossier');
  });
});

function hiddenIn(body: string): string {
  return /name="replaces" value="([^"]+)"/u.exec(body)?.[1] ?? '';
}
