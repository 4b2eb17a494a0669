import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyPolicies, type PolicyFolder } from '../access/policy-folder.ts';
import { apiOf, basicOf, startApiApp, type ApiClient } from '../admin/api-client.ts';
import { seatOf, type Seat } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';
import { countsOf, uploadPeople } from '../support/people-file.ts';

/*
 * Ways out of one's branch, by the names of the published classes, each tried at every door. What belongs to one door
 * alone is with it: `api-people`, `scim`, `import-people`, `export-lists`.
 */
describe('no administrator leaves their branch', () => {
  let app: TestApp;
  let folder: PolicyFolder;
  let paul: Seat;
  let chu: ApiClient;
  before(async () => {
    folder = await copyPolicies();
    app = await startApiApp({ TROUSSEAU_POLICIES_DIR: folder.path });
    paul = await seatOf(app, 'paul');
    chu = await apiOf(app, basicOf('si-chu'));
  });
  after(async () => {
    await app.destroy();
    await folder.remove();
  });

  const person = (name: string) => app.services.directory.professionals.get(`acc-${name}`);
  const statusOf = async (name: string) => (await person(name))?.status;
  const csrfOf = async () => (await paul.get('/admin/people/new')).forms.at(-1)?.fields['csrf'] ?? '';
  const post = async (path: string, fields: Readonly<Record<string, string>>) =>
    paul.browser.post(
      `${app.issuer}${path}`,
      new URLSearchParams({ csrf: await csrfOf(), reason: 'Essai', ...fields }),
    );

  it('by an id in the query or the body against the one in the path', async () => {
    await post('/admin/people/acc-claire/suspend?sub=acc-luc', { sub: 'acc-luc', id: 'acc-luc' });
    expect(await statusOf('claire')).to.equal('suspended');
    expect(await statusOf('luc')).to.equal('active');
    expect(
      (await post('/admin/people/acc-luc/suspend?sub=acc-claire', { sub: 'acc-claire' })).status,
    ).to.equal(404);
    expect(await statusOf('luc')).to.equal('active');
    await post('/admin/people/acc-claire/reactivate', {});
    expect(await statusOf('claire')).to.equal('active');
  });

  it('by the children of somebody who is shared with another branch', async () => {
    const [, elsewhere] = (await person('karim'))?.memberships ?? [];
    expect(elsewhere?.organisation).to.equal('clinique');
    const page = await paul.get('/admin/people/acc-karim');
    expect(page.status).to.equal(200);
    expect(page.body).to.not.include('Clinique');
    const { body } = await chu('GET', '/people/acc-karim/memberships');
    expect(JSON.stringify(body)).to.not.include('clinique');
  });

  it('by a search for what is known of people elsewhere', async () => {
    const national = (await person('luc'))?.nationalIds[0] ?? '';
    for (const words of ['Luc', 'luc.test', 'luc.test@chu.example', national, national.slice(1)]) {
      const page = await paul.get(`/admin/people?q=${encodeURIComponent(words)}`);
      expect(page.body, words).to.not.include('acc-luc');
      const found = await chu('GET', `/people?q=${encodeURIComponent(words)}`);
      expect(JSON.stringify(found.body), words).to.not.include('acc-luc');
    }
  });

  it('by counts: what is hidden is not counted either', async () => {
    const { body } = await chu('GET', '/people?limit=200');
    expect(body['total']).to.equal((body['items'] as readonly unknown[]).length);
    const before = body['total'];
    const region = await apiOf(app, basicOf('si-region'));
    const made = await region('POST', '/people', {
      body: { given_name: 'Zoé', family_name: 'Ailleurs', organisation: 'clinique' },
    });
    expect(made.status).to.equal(201);
    expect((await chu('GET', '/people?limit=200')).body['total']).to.equal(before);
  });

  it('by an export', async () => {
    const sheet = await paul.get('/admin/export/people.csv');
    expect(sheet.status).to.equal(200);
    expect(sheet.body).to.include('Claire').and.not.include('Luc').and.not.include('Ailleurs');
  });

  it('by mass assignment: members that no form shows', async () => {
    const before = await person('claire');
    for (const extra of [
      { status: 'closed' },
      { branch: 'clinique' },
      { memberships: [] },
      { sub: 'acc-luc' },
    ]) {
      const asked = await chu('PATCH', '/people/acc-claire?dry_run=true', {
        body: { given_name: 'Autre', ...extra },
      });
      expect(asked.body.code, JSON.stringify(extra)).to.equal('admin.invalid');
    }
    const form = await paul.get('/admin/people/acc-claire/edit');
    await paul.browser.submit(form, form.forms.at(-1)?.id ?? '', {
      specialties: '',
      status: 'closed',
      branch: 'clinique',
      memberships: 'administrateur_regional',
    });
    const after = await person('claire');
    expect([after?.status, after?.branch, after?.memberships]).to.deep.equal([
      before?.status,
      before?.branch,
      before?.memberships,
    ]);
  });

  it('by a form that was opened before the rules changed', async () => {
    const original = await readFile(join(folder.path, 'policy.csv'), 'utf8');
    const form = await paul.get('/admin/people/acc-claire/suspend');
    expect(form.status).to.equal(200);
    await folder.edit('policy.csv', text =>
      text.replace('p, administrateur_local, account, suspend, allow\n', ''),
    );
    await app.access.load();
    const refused = await paul.browser.submit(form, 'confirm', { reason: 'Essai' });
    expect(refused.status).to.equal(403);
    expect(await statusOf('claire')).to.equal('active');
    await folder.edit('policy.csv', () => original);
    await app.access.load();
  });

  it('by an application that names things of another branch', async () => {
    const membership = { network: 'cancerologie', organisation: 'clinique', profile: 'pharmacien' };
    const calls: readonly (readonly [string, string, object])[] = [
      ['POST', '/people/acc-luc/suspend', {}],
      ['POST', '/people/acc-claire/memberships', membership],
      ['POST', '/people/acc-claire/enrol', { organisation: 'clinique' }],
      ['POST', '/people', { given_name: 'Zoé', family_name: 'Neuve', organisation: 'clinique' }],
      ['POST', '/organisations/clinique/referents', { sub: 'acc-claire' }],
    ];
    for (const [method, path, body] of calls)
      expect((await chu(method, path, { body })).body.code, path).to.equal('admin.not_found');
    expect(await statusOf('luc')).to.equal('active');
  });

  it('by a list of professionals (CSV) that names another establishment', async () => {
    const list = [
      'Nom;Prénom;Adresse électronique;Établissement;Profil',
      'Dehors;Zoé;zoe.dehors@chu.example;clinique;pharmacien',
    ].join('\n');
    const check = await uploadPeople(paul, app.issuer, list, { network: 'cancerologie' });
    expect(countsOf(check)).to.deep.equal({ refused: 1 });
    expect(check.body).to.not.include('Clinique');
  });

  it('by SCIM: users, groups and members of another branch do not exist', async () => {
    const scim = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${app.issuer}/scim/v2${path}`, {
        method,
        headers: { Authorization: basicOf('si-chu'), 'Content-Type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return answer.status;
    };
    const add = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'members', value: [{ value: 'acc-claire' }] }],
    };
    expect(await scim('GET', '/Users/acc-luc')).to.equal(404);
    expect(await scim('DELETE', '/Users/acc-luc')).to.equal(404);
    expect(await scim('PATCH', '/Groups/cancerologie.clinique.pharmacien', add)).to.equal(404);
    const stranger = { ...add, Operations: [{ op: 'add', path: 'members', value: [{ value: 'acc-luc' }] }] };
    expect(await scim('PATCH', '/Groups/cancerologie.chu.pharmacien', stranger)).to.be.within(400, 404);
    expect((await person('luc'))?.memberships).to.have.length(1);
  });
});
