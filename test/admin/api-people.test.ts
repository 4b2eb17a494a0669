import { expect } from 'chai';
import { seatOf } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';
import { apiOf, basicOf, bearerOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

const subsOf = ({ body }: ApiReply) =>
  (body['items'] as { sub: string }[]).map(({ sub }) => sub.replace('acc-', ''));
const fieldsOf = ({ body }: ApiReply) =>
  ((body as { errors?: { path: string; code: string }[] }).errors ?? []).map(
    ({ path, code }) => `${path} ${code}`,
  );

describe('the administration API: people', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  let clinique: ApiClient;
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, basicOf('si-region'));
    chu = await apiOf(app, await bearerOf(app, 'si-chu', 'admin:read admin:write'));
    clinique = await apiOf(app, basicOf('si-clinique'));
  });
  after(() => app.destroy());

  const etagOf = async (api: ApiClient, path: string) => (await api('GET', path)).etag;
  const patch = async (api: ApiClient, path: string, body: object) =>
    api('PATCH', path, { body, headers: { 'If-Match': await etagOf(api, path) } });

  it('lists exactly the branch, counts only it, and searches only it', async () => {
    expect(subsOf(await chu('GET', '/people'))).to.have.members([
      'paul',
      'carole',
      'noe',
      'claire',
      'perine',
      'karim',
    ]);
    const all = await region('GET', '/people?limit=200');
    expect(subsOf(all)).to.include.members(['libre', 'luc', 'claire']);
    const found = await chu('GET', '/people?q=luc');
    expect([subsOf(found), found.body['total']]).to.deep.equal([[], 0]);
    expect(subsOf(await region('GET', '/people?q=99700218896'))).to.deep.equal(['luc']);
  });

  it('pages by a key that stays, with a link to the next page', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/people?limit=4';
    while (path !== undefined) {
      const page: ApiReply = await region('GET', path);
      seen.push(...subsOf(page));
      const [, next] = /^<(.+)>; rel="next"$/u.exec(page.headers.get('Link') ?? '') ?? [];
      expect(next?.includes(String(page.body['next']))).to.equal(next === undefined ? undefined : true);
      path = next?.replace(`${app.issuer}/admin/api/v1`, '');
    }
    expect(seen).to.have.lengthOf(11);
    expect(new Set(seen).size).to.equal(11);
  });

  it('refuses what a list does not know, naming it', async () => {
    const refused = await region('GET', '/people?limit=201&page=2&status=gone');
    expect([refused.status, refused.body.code]).to.deep.equal([422, 'admin.invalid']);
    expect(fieldsOf(refused)).to.have.members([
      'query.limit invalid',
      'query.page invalid',
      'query.status invalid',
    ]);
    expect(fieldsOf(await region('GET', '/people?limit=2&limit=3'))).to.deep.equal(['query.limit invalid']);
  });

  it('answers for a person of another branch exactly as for nobody: in the path of every act', async () => {
    const nobody = await chu('GET', '/people/acc-nobody');
    const other = await chu('GET', '/people/acc-luc');
    const { instance: _a, ...one } = nobody.body as Record<string, unknown>;
    const { instance: _b, ...two } = other.body as Record<string, unknown>;
    expect(two).to.deep.equal(one);
    expect([other.status, other.body.code]).to.deep.equal([404, 'admin.not_found']);
    for (const [method, path] of [
      ['POST', '/people/acc-luc/suspend'],
      ['POST', '/people/acc-luc/close'],
      ['POST', '/people/acc-luc/reset-password'],
      ['POST', '/people/acc-luc/end-sessions'],
      ['GET', '/people/acc-luc/sessions'],
      ['GET', '/people/acc-luc/memberships'],
    ] as const) {
      const refused = await chu(method, path, method === 'POST' ? { body: {} } : {});
      expect([path, refused.status]).to.deep.equal([path, 404]);
    }
    const patched = await chu('PATCH', '/people/acc-luc', {
      body: { given_name: 'Autre' },
      headers: { 'If-Match': '*' },
    });
    expect(patched.status).to.equal(404);
  });

  it('hides what lies elsewhere of somebody who is shared: memberships, filters, acts on the whole person', async () => {
    const seen = await clinique('GET', '/people/acc-karim');
    const { memberships } = seen.body as { memberships: { organisation: string }[] };
    expect(memberships.map(({ organisation }) => organisation)).to.deep.equal(['clinique']);
    expect(subsOf(await clinique('GET', '/people?profile=responsable_rcp'))).to.deep.equal([]);
    expect((await clinique('POST', '/people/acc-karim/suspend', { body: {} })).status).to.equal(404);
    const [elsewhere] = (await region('GET', '/people/acc-karim/memberships')).body['items'] as {
      membership: string;
    }[];
    const path = `/people/acc-karim/memberships/${elsewhere?.membership}`;
    expect((await clinique('GET', path)).status).to.equal(404);
    expect((await clinique('DELETE', path, { headers: { 'If-Match': '*' } })).status).to.equal(404);
  });

  it('refuses an id in the body beside the one in the path, and every member that is not its own (mass assignment)', async () => {
    const refused = await patch(chu, '/people/acc-claire', {
      sub: 'acc-luc',
      status: 'closed',
      memberships: [],
      branch: 'clinique',
      login: 'autre',
    });
    expect(refused.status).to.equal(422);
    expect(fieldsOf(refused)).to.have.members(
      ['sub', 'status', 'memberships', 'branch', 'login'].map(name => `${name} invalid`),
    );
  });

  it('creates in its branch only, wherever the other branch is written', async () => {
    const body = { given_name: 'Zoé', family_name: 'Neuve', organisation: 'clinique' };
    expect((await chu('POST', '/people', { body })).status).to.equal(404);
    expect((await chu('POST', '/people', { body: { ...body, organisation: undefined } })).status).to.equal(
      404,
    );
    const made = await chu('POST', '/people', { body: { ...body, organisation: 'chu-onco' } });
    expect([made.status, made.body['organisation']]).to.deep.equal([201, 'chu-onco']);
    expect(made.headers.get('Location')).to.equal(`${app.issuer}/admin/api/v1/people/${made.body['sub']}`);
    const give = { network: 'cancerologie', organisation: 'clinique', profile: 'pharmacien' };
    const path = `/people/${made.body['sub']}/memberships`;
    expect((await chu('POST', path, { body: give })).status).to.equal(404);
    const given = await chu('POST', path, { body: { ...give, organisation: 'chu' } });
    expect([given.status, given.body['profile']]).to.deep.equal([201, 'pharmacien']);
    expect((await chu('POST', path, { body: { ...give, organisation: 'chu' } })).status).to.equal(200);
    const above = { ...give, organisation: 'chu', profile: 'administrateur_local' };
    expect((await chu('POST', path, { body: above })).body.code).to.equal('admin.profile_not_givable');
    const moved = await chu('POST', `/people/${made.body['sub']}/enrol`, {
      body: { organisation: 'clinique' },
    });
    expect(moved.status).to.equal(404);
  });

  it('names every wrong field of a body by its path', async () => {
    const refused = await region('POST', '/people', {
      body: { family_name: '', email: 'x', national_ids: ['899700366240', '123'], phone: 6 },
    });
    expect(refused.status).to.equal(422);
    expect(fieldsOf(refused)).to.have.members([
      'given_name required',
      'family_name required',
      'email invalid',
      'national_ids.1 invalid',
      'phone invalid',
    ]);
  });

  it('takes a merge patch: absent members stay, null takes away, a needed one cannot be', async () => {
    const before = (await region('GET', '/people/acc-libre')).body as Record<string, unknown>;
    const changed = await patch(region, '/people/acc-libre', { phone: '06 12 34 56 78', email: null });
    expect([changed.status, changed.body['phone'], changed.body['email']]).to.deep.equal([
      200,
      '+33612345678',
      null,
    ]);
    expect(changed.body['family_name']).to.equal(before['family_name']);
    expect(fieldsOf(await patch(region, '/people/acc-libre', { family_name: null }))).to.deep.equal([
      'family_name invalid',
    ]);
    const asJson = await region('PATCH', '/people/acc-libre', {
      body: {},
      headers: { 'If-Match': '*', 'Content-Type': 'application/json' },
    });
    expect([asJson.status, asJson.headers.get('Accept-Patch')]).to.deep.equal([
      415,
      'application/merge-patch+json',
    ]);
  });

  it('traces who vouches for a number that is there, once, and nobody who had nothing to vouch for', async () => {
    const path = '/people/acc-perine';
    const unproven = async () =>
      (await app.services.directory.professionals.get('acc-perine'))?.unprovenPhone?.number;
    const vouched = async () => {
      const { items } = await app.services.audit.list({ account: 'acc-perine', limit: 1000 });
      return items.filter(
        ({ type, data }) =>
          type === 'admin.person.changed' && JSON.stringify(data?.['changes']).includes('phone_verified'),
      ).length;
    };
    await patch(region, path, { phone: '06 12 34 56 79' });
    expect([await unproven(), await vouched()]).to.deep.equal(['+33612345679', 0]);
    for (const _time of ['first', 'again']) {
      expect((await patch(region, path, { phone_verified: true })).status).to.equal(200);
      expect([await unproven(), await vouched()]).to.deep.equal([undefined, 1]);
    }
  });

  it('carries a whole account through its life', async () => {
    const made = await region('POST', '/people', {
      body: { given_name: 'Vie', family_name: 'Entière', email: 'vie@chu.example', organisation: 'chu' },
    });
    const path = `/people/${made.body['sub']}`;
    const opened = await region('POST', `${path}/open`, { body: { login: 'vie.entiere' } });
    expect([opened.status, opened.body['login']]).to.deep.equal([200, 'vie.entiere']);
    expect((await region('POST', `${path}/reset-password`)).status).to.equal(200);
    expect((await region('POST', `${path}/end-sessions`)).status).to.equal(200);
    expect((await region('GET', `${path}/sessions`)).body['items']).to.deep.equal([]);
    for (const [verb, status] of [
      ['suspend', 'suspended'],
      ['reactivate', 'active'],
      ['close', 'closed'],
    ] as const)
      expect(
        (await region('POST', `${path}/${verb}`, { body: { reason: 'Départ' } })).body['status'],
      ).to.equal(status);
    expect((await region('POST', `${path}/reactivate`)).body.code).to.equal('admin.account_closed');
    expect((await app.mails()).filter(({ to }) => to === 'vie@chu.example')).to.have.lengthOf(3);
  });

  it('gives, shortens and removes a profile, and attaches a colleague of another branch by number and name', async () => {
    const body = { network: 'cancerologie', organisation: 'clinique', profile: 'acces_limite' };
    const wrong = { ...body, national_id: '899700366240', family_name: 'Autre' };
    expect((await clinique('POST', '/memberships/attach', { body: wrong })).body.code).to.equal(
      'admin.no_such_colleague',
    );
    const attached = await clinique('POST', '/memberships/attach', {
      body: { ...wrong, family_name: 'TEST' },
    });
    expect(attached.status).to.equal(201);
    const path = (attached.headers.get('Location') ?? '').replace(`${app.issuer}/admin/api/v1`, '');
    const shortened = await patch(clinique, path, { to: '2030-01-01T00:00:00Z' });
    expect(shortened.status).to.equal(200);
    expect((await clinique('GET', path)).body['to']).to.equal('2030-01-01T00:00:00.000Z');
    const removed = await clinique('DELETE', path, { headers: { 'If-Match': await etagOf(clinique, path) } });
    expect(removed.status).to.equal(204);
    // With it, the person has left the branch; the history stays with who has the whole.
    expect((await clinique('GET', path)).status).to.equal(404);
    expect((await region('GET', path)).body['in_force']).to.equal(false);
  });

  it('proposes what needs a second person, and confirms nothing itself', async () => {
    const body = { network: 'cancerologie', organisation: 'region', profile: 'administrateur_regional' };
    const proposed = await region('POST', '/people/acc-libre/memberships', { body });
    expect(proposed.status).to.equal(202);
    const path = `/proposals/${proposed.body['proposal']}`;
    const waiting = await region('GET', path);
    expect([waiting.body['act'], waiting.body['seconded_by']]).to.deep.equal(['membership.give', null]);
    expect((await chu('GET', path)).status).to.equal(404);
    expect((await region('POST', `${path}/confirm`)).status).to.equal(404);
    const anne = await seatOf(app, 'anne');
    const form = `confirm-${String(proposed.body['proposal'])}`;
    await anne.browser.submit(await anne.get('/admin/proposals'), form);
    expect((await region('GET', path)).body['seconded_by'], 'the first of two').to.equal('acc-anne');
    const take = (version: string) => region('DELETE', path, { headers: { 'If-Match': version } });
    expect((await take(waiting.etag)).status, 'it was read before she confirmed').to.equal(412);
    expect((await take(await etagOf(region, path))).status).to.equal(204);
    expect((await region('GET', path)).status).to.equal(404);
  });

  it('tells by a dry run what an act would do, and does nothing', async () => {
    const { body, status } = await chu('POST', '/people/acc-claire/suspend?dry_run=true');
    expect([status, body['changes']]).to.deep.equal([
      200,
      { status: { before: 'active', after: 'suspended' } },
    ]);
    expect((await chu('GET', '/people/acc-claire')).body['status']).to.equal('active');
    expect((await chu('POST', '/people/acc-luc/suspend?dry_run=true')).status).to.equal(404);
  });

  it('follows the application when its branch changes, and refuses at once what is not its own any more', async () => {
    const { applications } = app.services.directory;
    expect((await clinique('GET', '/people/acc-luc')).status).to.equal(200);
    await applications.update('si-clinique', before => ({ ...before, branch: 'chu-onco' }));
    expect((await clinique('GET', '/people/acc-luc')).status).to.equal(404);
    expect(subsOf(await clinique('GET', '/people')))
      .to.include('perine')
      .and.not.include('luc');
    await applications.update('si-clinique', before => ({ ...before, branch: 'clinique' }));
  });

  it('lists organisations, networks and applications of the branch only', async () => {
    const idsOf = (reply: ApiReply) => (reply.body['items'] as { id: string }[]).map(({ id }) => id);
    expect(idsOf(await chu('GET', '/organisations'))).to.have.members(['chu', 'chu-onco']);
    expect(idsOf(await region('GET', '/organisations'))).to.include.members(['region', 'clinique']);
    expect((await chu('GET', '/organisations/clinique')).status).to.equal(404);
    expect(idsOf(await chu('GET', '/networks?q=cancero'))).to.deep.equal(['cancerologie']);
    expect((await chu('GET', '/applications')).body['total']).to.equal(0);
    const known = await region('GET', '/applications/dcc');
    expect(known.body['client_id']).to.equal('dcc');
    expect(JSON.stringify(known.body)).not.to.match(/client_secret"|hash/iu);
  });
});
