import { expect } from 'chai';
import { PNG } from 'pngjs';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, csrfIn, type TestDesk } from '../support/desk.ts';
import { pngOf } from '../support/pictures.ts';
import { createVisitor, payloadOf, postAsClient } from '../support/relying-party.ts';

describe('establishments in administration', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const page: TestDesk['page'] = (who, path) => desk.page(who, path);
  const post: TestDesk['post'] = (...asked) => desk.post(...asked);
  const organisation = (id: string) => app.services.directory.organisations.get(id);

  async function upload(who: string, id: string, file: Buffer, name = 'logo.png') {
    const { browser, get } = await desk.seat(who);
    const shown = await get(`/admin/organisations/${id}`);
    const body = new FormData();
    body.set('csrf', csrfIn(shown));
    body.set('picture', new Blob([new Uint8Array(file)], { type: 'image/png' }), name);
    const cookies = ['trousseau_session', 'trousseau_session.sig', 'trousseau_form'].map(
      cookie => `${cookie}=${browser.cookie('localhost', cookie) ?? ''}`,
    );
    return fetch(`${app.issuer}/admin/organisations/${id}/logo`, {
      method: 'POST',
      body,
      headers: { Cookie: cookies.join('; ') },
      redirect: 'manual',
    });
  }

  const idsIn = (body: string) =>
    [...body.matchAll(/href="\/admin\/organisations\/([\w-]+)">/gu)]
      .map(([, id]) => id)
      .filter(id => id !== 'new');

  it('are the whole tree for the region, and one branch for a local administrator', async () => {
    expect(idsIn((await page('anne', '/admin/organisations')).body)).to.deep.equal([
      'region',
      'chu',
      'chu-onco',
      'clinique',
    ]);
    expect(idsIn((await page('paul', '/admin/organisations')).body)).to.deep.equal(['chu', 'chu-onco']);
    expect(idsIn((await page('colin', '/admin/organisations')).body)).to.deep.equal(['clinique']);
  });

  it('children and search leaks: neither the page nor the search shows what is beyond the branch', async () => {
    const search = await page('paul', '/admin/organisations?q=clinique');
    expect(search.body).to.not.include('/admin/organisations/clinique');
    const own = await page('paul', '/admin/organisations/chu');
    expect(own.status).to.equal(200);
    expect(own.body).to.not.include('/admin/organisations/region');
  });

  it('client across branches: another branch is answered exactly like nothing', async () => {
    for (const id of ['clinique', 'nulle-part']) {
      for (const path of ['', '/edit', '/referents']) {
        const { status, alertCode } = await page('paul', `/admin/organisations/${id}${path}`);
        expect([status, alertCode], `${id}${path}`).to.deep.equal([404, 'admin.not_found']);
      }
      const posted = await post('paul', '/admin/organisations/chu', `/admin/organisations/${id}/edit`, {
        name: 'Pris',
      });
      expect(posted.status).to.equal(404);
    }
    expect((await organisation('clinique'))?.name).to.equal('Clinique');
  });

  it('are added by the region under an existing one, named from their name, and the trail says so', async () => {
    const added = await post('anne', '/admin/organisations/new', '/admin/organisations/new', {
      name: 'Centre hospitalier d’Été',
      finess: '370000481',
      parent: 'region',
    });
    expect(added.url.pathname).to.equal('/admin/organisations/centre-hospitalier-d-ete');
    expect(await organisation('centre-hospitalier-d-ete')).to.deep.include({
      parent: 'region',
      networks: [],
    });
    const { items } = await app.services.audit.list({ limit: 50 });
    expect(items.find(({ type }) => type === 'admin.organisation.created')?.actor).to.equal('acc-anne');
    const again = await post('anne', '/admin/organisations/new', '/admin/organisations/new', {
      name: 'Centre hospitalier d’Été',
    });
    expect([again.status, again.alertCode]).to.deep.equal([409, 'admin.organisation_exists']);
  });

  it('are not added by a local administrator, nor changed by an auditor', async () => {
    expect((await page('paul', '/admin/organisations/new')).status).to.equal(403);
    expect(
      (await post('paul', '/admin/organisations/chu', '/admin/organisations/new', { name: 'X' })).status,
    ).to.equal(403);
    const posted = await post('nadia', '/admin/people', '/admin/organisations/chu/edit', { name: 'X' });
    expect(posted.status).to.equal(403);
  });

  it('take a new name and FINESS number from their own administrator, a doubtful one with a warning', async () => {
    const changed = await post('paul', '/admin/organisations/chu/edit', '/admin/organisations/chu/edit', {
      name: 'CHU Bretonneau',
      finess: '370000482',
    });
    expect(changed.status).to.equal(200);
    expect(changed.body).to.include('alert-warn');
    expect(await organisation('chu')).to.deep.include({
      name: 'CHU Bretonneau',
      finess: '370000482',
      parent: 'region',
    });
    const wrong = await post('paul', '/admin/organisations/chu/edit', '/admin/organisations/chu/edit', {
      name: '',
      finess: '12',
    });
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'admin.invalid']);
    expect(wrong.body).to.include('id="finess-error"').and.to.include('id="name-error"');
  });

  it('mass assignment: a local administrator moves nothing in the tree by fields that the form does not have', async () => {
    await post('paul', '/admin/organisations/chu-onco/edit', '/admin/organisations/chu-onco/edit', {
      name: 'Oncologie',
      parent: 'clinique',
      networks: 'perinatalite',
      logo: 'a'.repeat(64),
      referents: 'acc-paul',
    });
    const after = await organisation('chu-onco');
    expect(after).to.deep.include({
      name: 'Oncologie',
      parent: 'chu',
      networks: ['cancerologie', 'perinatalite'],
    });
    expect(after).to.not.have.any.keys('logo', 'referents');
  });

  it('never depend on themselves, nor on what depends on them', async () => {
    for (const parent of ['chu', 'chu-onco']) {
      const moved = await post('anne', '/admin/organisations/chu/edit', '/admin/organisations/chu/edit', {
        name: 'CHU',
        parent,
      });
      expect([moved.status, moved.alertCode]).to.deep.equal([422, 'admin.invalid']);
    }
    expect((await organisation('chu'))?.parent).to.equal('region');
  });

  it('have référents of their own people, never somebody of another branch', async () => {
    const found = await page('paul', '/admin/organisations/chu/referents?q=test');
    expect(
      [...found.body.matchAll(/name="sub" value="acc-(\w+)"/gu)].map(([, name]) => name),
    ).to.have.members(['paul', 'carole', 'noe', 'claire', 'perine', 'karim']);
    const at = '/admin/organisations/chu';
    expect((await post('paul', at, `${at}/referents`, { sub: 'acc-claire' })).status).to.equal(200);
    expect((await post('paul', at, `${at}/referents`, { sub: 'acc-claire' })).status).to.equal(200);
    expect((await organisation('chu'))?.referents).to.deep.equal(['acc-claire']);
    for (const sub of ['acc-luc', 'acc-nobody'])
      expect((await post('paul', at, `${at}/referents`, { sub })).status).to.equal(404);
    // The region sees Luc, who does not work there.
    const elsewhere = await post('anne', at, `${at}/referents`, { sub: 'acc-luc' });
    expect([elsewhere.status, elsewhere.alertCode]).to.deep.equal([409, 'admin.not_of_the_place']);
    expect((await page('anne', at)).body).to.include('claire.test@chu.example');
    expect((await post('paul', at, `${at}/referents/remove`, { sub: 'acc-claire' })).status).to.equal(200);
    expect((await organisation('chu'))?.referents).to.deep.equal([]);
  });

  it('have a logo that is drawn again, served to everybody for ever, and told to applications', async () => {
    expect((await upload('paul', 'chu', pngOf(900, 300))).headers.get('location')).to.include('done=logo');
    const { logo } = (await organisation('chu')) ?? {};
    expect(logo).to.match(/^[0-9a-f]{64}$/u);
    const answer = await fetch(`${app.issuer}/logos/${logo}.png`);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('image/png');
    expect(answer.headers.get('cache-control')).to.include('immutable');
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(answer.headers.get('content-security-policy')).to.include("default-src 'none'");
    expect(PNG.sync.read(Buffer.from(await answer.arrayBuffer()))).to.include({ width: 512, height: 171 });

    // A service shows the logo of its establishment, in tokens and in the kiosk.
    await app.services.directory.professionals.update('acc-claire', person => ({
      ...person,
      memberships: person.memberships.map(held => ({ ...held, organisation: 'chu-onco' })),
    }));
    const visitor = createVisitor(app);
    const { callback, verifier } = await visitor.signIn('claire.test', {
      params: { scope: 'openid professional' },
    });
    const { body } = await postAsClient(app, '/oidc/token', {
      grant_type: 'authorization_code',
      code: callback.get('code') ?? '',
      redirect_uri: 'http://localhost:9/callback',
      code_verifier: verifier,
    });
    expect(payloadOf(body.id_token)['situation']).to.include({ logo: `${app.issuer}/logos/${logo}.png` });
    expect((await visitor.browser.get(`${app.issuer}/`)).body).to.include(`/logos/${logo}.png`);
  });

  it('have no logo of SVG, HTML or rubbish, whatever its name, nor one that is too large', async () => {
    const before = (await organisation('chu-onco'))?.logo;
    for (const content of [
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      '<html>',
      'GIF89a',
    ]) {
      const answer = await upload('paul', 'chu-onco', Buffer.from(content));
      expect(answer.status).to.equal(422);
      expect(await answer.text()).to.include('data-code="admin.invalid"');
    }
    expect((await upload('paul', 'chu-onco', Buffer.alloc(1_048_577))).status).to.equal(413);
    expect((await upload('paul', 'clinique', pngOf(10, 10))).status).to.equal(404);
    expect((await organisation('chu-onco'))?.logo).to.equal(before);
    for (const name of ['x.png', `${'0'.repeat(64)}.png`, `${'0'.repeat(64)}.svg`])
      expect((await fetch(`${app.issuer}/logos/${name}`)).status).to.equal(404);
  });
});
