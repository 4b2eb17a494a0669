import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { basicOf } from './api-client.ts';
import {
  USER,
  ENTERPRISE,
  PROFESSIONAL,
  CHU_PHARMACISTS,
  scimOf,
  startScimApp,
  patchOf,
  newUser,
  idsOf,
  refusedAs,
  type Scim,
} from './scim.ts';

describe('SCIM', () => {
  let app: TestApp;
  let region: Scim;
  let chu: Scim;
  let clinique: Scim;
  before(async () => {
    ({ app, region, chu, clinique } = await startScimApp());
  });
  after(() => app.destroy());

  it('is for applications with its own scope, and answers refusals in its own form', async () => {
    const nobody = await scimOf(app, 'Bearer nothing')('GET', '/Users');
    expect(nobody.status).to.equal(401);
    expect(nobody.body).to.include({ status: '401' });
    const reader = await scimOf(app, basicOf('si-lecture'))('GET', '/Users');
    expect(refusedAs(reader)).to.deep.equal([403, undefined, 'admin.insufficient_scope']);
    expect(reader.headers.get('WWW-Authenticate')).to.include('scope="scim"');
  });

  it('tells what it can do', async () => {
    const { body } = await region('GET', '/ServiceProviderConfig');
    for (const ability of ['patch', 'bulk', 'filter', 'etag'])
      expect(body[ability]).to.include({ supported: true });
    expect((await region('GET', '/ResourceTypes')).body['totalResults']).to.equal(2);
    expect((await region('GET', `/Schemas/${PROFESSIONAL}`)).body['name']).to.equal('Professional');
    const { attributes } = (await region('GET', `/Schemas/${USER}`)).body as {
      attributes: { name: string; mutability: string }[];
    };
    expect(attributes.find(({ name }) => name === 'userName')?.mutability).to.equal('immutable');
    expect(attributes.map(({ name }) => name)).not.to.include('password');
    expect(attributes.find(({ name }) => name === 'emails')).to.include({ required: true });
  });

  it('says in its own form that an address or a method is not one of its own', async () => {
    expect((await region('GET', '/Roles')).body).to.include({ status: '404' });
    const wrong = await region('POST', '/ServiceProviderConfig', {});
    expect([wrong.status, wrong.headers.get('Allow')]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('lists and counts the branch only, in pages', async () => {
    const all = await chu('GET', '/Users');
    expect(idsOf(all)).to.have.members(['paul', 'carole', 'noe', 'claire', 'perine', 'karim']);
    const part = await chu('GET', '/Users?startIndex=5&count=4');
    expect([part.body['totalResults'], part.body['itemsPerPage'], idsOf(part).length]).to.deep.equal([
      6, 2, 2,
    ]);
    expect((await chu('GET', '/Users?count=0')).body).to.include({ totalResults: 6, itemsPerPage: 0 });
    expect((await chu('GET', '/Users?count=x')).status).to.equal(400);
  });

  it('filters within the branch, apart from case, and refuses what it cannot filter on', async () => {
    const found = async (filter: string, scim = chu) =>
      idsOf(await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`));
    expect(await found('userName eq "CLAIRE.test"')).to.deep.equal(['claire']);
    expect(await found('userName eq "luc.test"')).to.deep.equal([]);
    expect(await found('userName eq "luc.test"', region)).to.deep.equal(['luc']);
    expect(await found('emails[type eq "work" and value co "perine"]')).to.deep.equal(['perine']);
    expect(await found('name.givenName sw "K" and active eq true')).to.deep.equal(['karim']);
    expect(await found(`${ENTERPRISE}:organization eq "chu"`)).to.have.members(['paul', 'carole', 'noe']);
    expect(await found('groups.value eq "cancerologie.clinique.utilisateur_cancerologie"')).to.deep.equal([]);
    const refused = await chu('GET', `/Users?filter=${encodeURIComponent('phoneNumbers.value pr')}`);
    expect(refusedAs(refused)).to.deep.equal([400, undefined, 'scim.not_filterable']);
    expect((await chu('GET', '/Users?filter=userName%20eq')).body.scimType).to.equal('invalidFilter');
    const searched = await chu('POST', '/Users/.search', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: 'userName eq "claire.test"',
      attributes: ['userName'],
    });
    expect(Object.keys((searched.body['Resources'] as object[])[0] ?? {})).to.have.members([
      'schemas',
      'id',
      'userName',
    ]);
  });

  it('does not let anybody through the back door: what lies in another branch does not exist', async () => {
    const [nobody, other] = [await chu('GET', '/Users/acc-nobody'), await chu('GET', '/Users/acc-luc')];
    expect([other.status, other.body]).to.deep.equal([nobody.status, nobody.body]);
    const close = patchOf({ op: 'replace', path: 'active', value: false });
    for (const [method, path, body] of [
      ['PATCH', '/Users/acc-luc', close],
      ['PUT', '/Users/acc-luc', { ...newUser('luc'), userName: 'luc.test', active: false }],
      ['DELETE', '/Users/acc-luc', undefined],
      ['GET', '/Groups/cancerologie.clinique.pharmacien', undefined],
      ['PATCH', CHU_PHARMACISTS, patchOf({ op: 'add', path: 'members', value: [{ value: 'acc-luc' }] })],
      [
        'PATCH',
        '/Groups/cancerologie.clinique.pharmacien',
        patchOf({ op: 'add', path: 'members', value: [{ value: 'acc-claire' }] }),
      ],
      ['POST', '/Users', newUser('ailleurs', { [ENTERPRISE]: { organization: 'clinique' } })],
      [
        'PATCH',
        '/Users/acc-claire',
        patchOf({ op: 'replace', path: `${ENTERPRISE}:organization`, value: 'clinique' }),
      ],
    ] as const)
      expect([method, path, (await chu(method, path, body)).status]).to.deep.equal([method, path, 404]);
    // Shared with the clinique: her own part is seen, and nothing of the whole is changed.
    const karim = await clinique('GET', '/Users/acc-karim');
    expect((karim.body['groups'] as { value: string }[]).map(({ value }) => value)).to.deep.equal([
      'cancerologie.clinique.utilisateur_cancerologie',
    ]);
    expect((await clinique('PATCH', '/Users/acc-karim', close)).status).to.equal(404);
    expect((await region('GET', '/Users/acc-luc')).body['active']).to.equal(true);
    expect((await region('GET', '/Users/acc-karim')).body['active']).to.equal(true);
  });

  it('gives no more than the table of grants, and records the attempt', async () => {
    const above = await chu(
      'PATCH',
      '/Groups/cancerologie.chu.administrateur_local',
      patchOf({ op: 'add', path: 'members', value: [{ value: 'acc-claire' }] }),
    );
    expect(refusedAs(above)).to.deep.equal([403, undefined, 'admin.profile_not_givable']);
    const privileged = await chu(
      'PATCH',
      '/Users/acc-paul',
      patchOf({ op: 'replace', path: 'active', value: false }),
    );
    expect(refusedAs(privileged)).to.deep.equal([403, undefined, 'admin.privileged_account']);
    const both = await chu(
      'PATCH',
      '/Users/acc-paul',
      patchOf(
        { op: 'replace', path: 'name.givenName', value: 'Autre' },
        { op: 'replace', path: 'active', value: false },
      ),
    );
    expect(both.status).to.equal(403);
    const { items } = await app.services.audit.list({ limit: 1000 });
    const refused = items.filter(
      ({ type, data }) => type === 'admin.act.refused' && data?.['via'] === 'scim',
    );
    expect(refused.map(({ data }) => data?.['code'])).to.include.members([
      'profile_not_givable',
      'privileged_account',
    ]);
  });

  it('searches users and groups together, in pages', async () => {
    const search = async (more: object) =>
      (
        await chu('POST', '/.search', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
          ...more,
        })
      ).body;
    const all = await search({ count: 200 });
    const kinds = (all['Resources'] as { meta: { resourceType: string } }[]).map(
      ({ meta }) => meta.resourceType,
    );
    expect(kinds).to.include('User').and.include('Group');
    const users = kinds.filter(kind => kind === 'User').length;
    const across = (await search({ startIndex: users, count: 2 }))['Resources'] as {
      meta: { resourceType: string };
    }[];
    expect(across.map(({ meta }) => meta.resourceType)).to.deep.equal(['User', 'Group']);
  });

  it('does many things in one request, each judged by itself', async () => {
    const bulk = await chu('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'q', data: newUser('lot') },
        {
          method: 'PATCH',
          path: CHU_PHARMACISTS,
          data: patchOf({ op: 'add', path: 'members', value: [{ value: 'bulkId:q' }] }),
        },
        {
          method: 'PATCH',
          path: '/Users/acc-luc',
          data: patchOf({ op: 'replace', path: 'active', value: false }),
        },
      ],
    });
    const operations = bulk.body['Operations'] as { status: string; location: string }[];
    expect(
      operations.map(({ status }) => status),
      JSON.stringify(bulk.body),
    ).to.deep.equal(['201', '200', '404']);
    expect(operations[0]?.location).to.match(/^http.+\/scim\/v2\/Users\/acc-/u);
    expect((await region('GET', '/Users/acc-luc')).body['active']).to.equal(true);
    const tooMany = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: Array.from({ length: 101 }, () => ({})),
    };
    expect((await chu('POST', '/Bulk', tooMany)).status).to.equal(413);
  });

  it('leaves a failure of its own within a bulk in the log, under the name of the request', async () => {
    const { professionals } = app.services.directory;
    const whole = await professionals.get('acc-libre');
    // A record that a damaged store gives back.
    await professionals.update('acc-libre', person => ({ ...person, specialties: null as never }));
    const renamed = patchOf({ op: 'replace', path: 'name.givenName', value: 'Autre' });
    const bulk = await region('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'PATCH', path: '/Users/acc-libre', data: renamed },
        { method: 'PATCH', path: '/Users/acc-nobody', data: renamed },
      ],
    });
    await professionals.update('acc-libre', person => ({ ...person, specialties: whole?.specialties ?? [] }));
    expect(bulk.status).to.equal(200);
    const operations = bulk.body['Operations'] as { status: string }[];
    expect(operations.map(({ status }) => status)).to.deep.equal(['500', '404']);
    expect(JSON.stringify(bulk.body)).to.not.include('TypeError');
    const logged = app
      .log()
      .split('\n')
      .filter(line => line.includes('bulk'))
      .map(line => JSON.parse(line) as { requestId: string; code: string; stack: string });
    expect(logged).to.have.length(1);
    expect(logged[0]?.requestId).to.equal(bulk.headers.get('X-Request-ID'));
    expect(logged[0]?.code).to.equal('unexpected');
    expect(logged[0]?.stack).to.include('TypeError');
  });
});
