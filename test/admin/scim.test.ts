import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { basicOf, bearerOf, startApiApp } from './api-client.ts';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    readonly id?: string;
    readonly detail?: string;
    readonly scimType?: string;
  };
}
type Scim = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Reply>;

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PROFESSIONAL = 'urn:ietf:params:scim:schemas:extension:trousseau:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

function scimOf(app: TestApp, authorization: string): Scim {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${app.issuer}/scim/v2${path}`, {
      method,
      headers: { Authorization: authorization, 'Content-Type': 'application/scim+json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (text !== '') expect(answer.headers.get('Content-Type')).to.match(/^application\/scim\+json/u);
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Reply['body'],
    };
  };
}

const patchOf = (...Operations: object[]) => ({ schemas: [PATCH], Operations });
const newUser = (name: string, more: object = {}) => ({
  schemas: [USER],
  userName: `${name}.nouveau`,
  externalId: `rh-${name}`,
  name: { givenName: name, familyName: 'Nouveau' },
  emails: [{ value: `${name}@chu.example`, primary: true }],
  ...more,
});
const idsOf = ({ body }: Reply) =>
  (body['Resources'] as { id: string }[]).map(({ id }) => id.replace('acc-', ''));
const refusedAs = ({ status, body }: Reply) => [
  status,
  body.scimType,
  /\(([\w.]+)\)$/u.exec(body.detail ?? '')?.[1],
];
const CHU_PHARMACISTS = '/Groups/cancerologie.chu.pharmacien';

describe('SCIM', () => {
  let app: TestApp;
  let region: Scim;
  let chu: Scim;
  let clinique: Scim;
  before(async () => {
    app = await startApiApp();
    region = scimOf(app, basicOf('si-region'));
    chu = scimOf(app, await bearerOf(app, 'si-chu', 'scim'));
    clinique = scimOf(app, basicOf('si-clinique'));
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

  it('registers nobody whose account could not be opened', async () => {
    for (const more of [
      { emails: [] },
      { emails: [{ value: 'x' }] },
      { userName: 'a b' },
      { userName: 'claire.test' },
    ])
      expect((await region('POST', '/Users', newUser('personne', more))).status).to.be.oneOf([400, 409]);
    expect(
      (await region('GET', '/Users?filter=name.givenName%20eq%20%22personne%22')).body['totalResults'],
    ).to.equal(0);
  });

  it('reads a civility as houses write it, and says when somebody was made and changed', async () => {
    const name = { givenName: 'civile', familyName: 'Nouveau', honorificPrefix: 'Madame' };
    const { body } = await region('POST', '/Users', newUser('civile', { name }));
    expect((body['name'] as { honorificPrefix: string }).honorificPrefix).to.equal('MME');
    expect(body['meta']).to.include.keys('created', 'lastModified', 'version', 'location');
    const dated = async (scim: Scim) => (await scim('GET', '/Users/acc-karim')).body['meta'];
    expect(await dated(region)).to.have.property('lastModified');
    expect(await dated(clinique), 'who may have been changed elsewhere').not.to.have.property('lastModified');
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

  it('carries a user from its creation to its end', async () => {
    const made = await chu(
      'POST',
      '/Users',
      newUser('zoe', { phoneNumbers: [{ value: 'tel:+33612345678' }] }),
    );
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    const path = `/Users/${made.body.id}`;
    expect(made.headers.get('Location')).to.equal(`${app.issuer}/scim/v2${path}`);
    expect(made.body).to.include({ userName: 'zoe.nouveau', externalId: 'rh-zoe', active: true });
    expect(made.body[ENTERPRISE]).to.deep.equal({ organization: 'chu' });
    expect((await app.mails()).filter(({ to }) => to === 'zoe@chu.example')).to.have.lengthOf(2);
    expect((await chu('POST', '/Users', newUser('zoe'))).body.scimType).to.equal('uniqueness');

    const changed = await chu(
      'PATCH',
      path,
      patchOf(
        { op: 'Replace', path: 'name.familyName', value: 'Autrement' },
        { op: 'add', value: { [`${PROFESSIONAL}:profession`]: '60' } },
        { op: 'remove', path: 'phoneNumbers' },
        { op: 'replace', path: 'active', value: false },
      ),
    );
    expect(changed.status, JSON.stringify(changed.body)).to.equal(200);
    expect(changed.body).to.include({ active: false, title: 'Infirmier', displayName: 'zoe Autrement' });
    expect(changed.body).not.to.have.property('phoneNumbers');
    expect(changed.body[PROFESSIONAL]).to.include({ status: 'suspended', profession: '60' });

    const replaced = await chu('PUT', path, { ...newUser('zoe'), active: true });
    expect(replaced.body, 'an extension that is not sent stays').to.include({
      active: true,
      title: 'Infirmier',
    });
    const renamed = await chu('PUT', path, { ...newUser('zoe'), userName: 'autre.nom' });
    expect([renamed.status, renamed.body.scimType]).to.deep.equal([400, 'mutability']);

    expect((await chu('DELETE', path)).status).to.equal(204);
    for (const method of ['GET', 'DELETE']) expect((await chu(method, path)).status).to.equal(404);
    expect((await chu('GET', '/Users?filter=externalId%20eq%20%22rh-zoe%22')).body['totalResults']).to.equal(
      0,
    );
    const kept = await app.services.directory.professionals.get(made.body.id ?? '');
    expect(kept?.status).to.equal('closed');
  });

  it('replaces a whole value, an extension sent whole, and one value of several', async () => {
    const mailsAfter = async (...operations: object[]) =>
      (
        (await chu('PATCH', '/Users/acc-perine', patchOf(...operations))).body['emails'] as {
          value: string;
        }[]
      ).map(({ value }) => value);
    const value = [{ value: 'un@chu.example', type: 'other', primary: false }];
    expect(await mailsAfter({ op: 'replace', path: 'emails', value })).to.deep.equal(['un@chu.example']);
    const other = { emails: [{ value: 'deux@chu.example' }] };
    expect(await mailsAfter({ op: 'replace', value: other })).to.deep.equal(['deux@chu.example']);
    const path = 'emails[type eq "work"].value';
    expect(await mailsAfter({ op: 'replace', path, value: 'trois@chu.example' })).to.deep.equal([
      'trois@chu.example',
    ]);
    const added = [{ value: 'quatre@chu.example', primary: true }];
    expect(await mailsAfter({ op: 'add', path: 'emails', value: added })).to.deep.equal([
      'quatre@chu.example',
    ]);
    const name = patchOf({ op: 'replace', path: 'name', value: { givenName: 'Périne-Marie' } });
    expect((await chu('PATCH', '/Users/acc-perine', name)).body, 'what is not given stays').to.include({
      displayName: 'Périne-Marie Test',
    });
    const whole = { [ENTERPRISE]: { schemas: [ENTERPRISE], organization: 'chu-onco' } };
    const moved = await chu('PATCH', '/Users/acc-perine', patchOf({ op: 'replace', value: whole }));
    expect(moved.body[ENTERPRISE], JSON.stringify(moved.body)).to.deep.equal({ organization: 'chu-onco' });
  });

  it('takes an extension away, whole or by its last attribute', async () => {
    const set = { [PROFESSIONAL]: { profession: '60', specialties: ['SM36'] } };
    await chu('PATCH', '/Users/acc-perine', patchOf({ op: 'add', value: set }));
    const without = await chu('PATCH', '/Users/acc-perine', patchOf({ op: 'remove', path: PROFESSIONAL }));
    expect(without.body[PROFESSIONAL], JSON.stringify(without.body)).to.deep.equal({ status: 'active' });
    await chu(
      'PATCH',
      '/Users/acc-perine',
      patchOf({ op: 'add', path: `${PROFESSIONAL}:profession`, value: '60' }),
    );
    const removed = patchOf({ op: 'remove', path: `${PROFESSIONAL}:profession` });
    expect((await chu('PATCH', '/Users/acc-perine', removed)).body).not.to.have.property('title');
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

  it('names each application’s own records by its own externalId', async () => {
    const set = patchOf({ op: 'add', value: { externalId: 'A-1' } });
    expect((await chu('PATCH', '/Users/acc-claire', set)).body['externalId']).to.equal('A-1');
    expect((await region('GET', '/Users/acc-claire')).body).not.to.have.property('externalId');
    expect(idsOf(await chu('GET', '/Users?filter=externalId%20eq%20%22A-1%22'))).to.deep.equal(['claire']);
    expect((await chu('PATCH', '/Users/acc-perine', set)).body.scimType).to.equal('uniqueness');
  });

  it('gives and takes a profile by the members of a group', async () => {
    const { body } = await chu('GET', CHU_PHARMACISTS);
    expect(body).to.include({ displayName: 'Pharmacien — CHU — Cancérologie' });
    expect(body).not.to.have.property('members');
    const added = await chu(
      'PATCH',
      CHU_PHARMACISTS,
      patchOf({ op: 'add', path: 'members', value: [{ value: 'acc-claire' }, { value: 'acc-perine' }] }),
    );
    const valuesOf = (reply: Reply) =>
      ((reply.body['members'] ?? []) as { value: string }[]).map(({ value }) => value);
    expect(valuesOf(added)).to.have.members(['acc-claire', 'acc-perine']);
    const removed = await chu(
      'PATCH',
      CHU_PHARMACISTS,
      patchOf({ op: 'remove', path: 'members[value eq "acc-perine"]' }),
    );
    expect(valuesOf(removed)).to.deep.equal(['acc-claire']);
    const others = patchOf({ op: 'replace', value: { members: [{ value: 'acc-perine' }] } });
    expect(valuesOf(await chu('PATCH', CHU_PHARMACISTS, others)), 'replaced, not added').to.deep.equal([
      'acc-perine',
    ]);
    const group = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'x', members: [] };
    expect(valuesOf(await chu('PUT', CHU_PHARMACISTS, group))).to.deep.equal([]);
    expect(refusedAs(await chu('POST', '/Groups', group))).to.deep.equal([
      403,
      undefined,
      'scim.group_fixed',
    ]);
    expect((await chu('DELETE', CHU_PHARMACISTS)).status).to.equal(403);
    const groups = await chu('GET', '/Groups?filter=displayName%20co%20%22clinique%22');
    expect(groups.body['totalResults']).to.equal(0);
    expect((await chu('GET', '/Groups?count=1')).body['totalResults']).to.equal(52);
  });

  it('does nothing of a change of which one part is refused', async () => {
    const refused = await chu(
      'PATCH',
      CHU_PHARMACISTS,
      patchOf({ op: 'add', path: 'members', value: [{ value: 'acc-perine' }, { value: 'acc-luc' }] }),
    );
    expect(refused.status).to.equal(404);
    expect((await chu('GET', CHU_PHARMACISTS)).body).not.to.have.property('members');
  });

  it('answers versions, and refuses an older one', async () => {
    const first = await region('GET', '/Users/acc-libre');
    const version = first.headers.get('ETag') ?? '';
    expect((first.body['meta'] as { version: string }).version).to.equal(version);
    expect(
      (await region('GET', '/Users/acc-libre', undefined, { 'If-None-Match': version })).status,
    ).to.equal(304);
    const change = (value: string, ifMatch: string) =>
      region('PATCH', '/Users/acc-libre', patchOf({ op: 'replace', path: 'name.givenName', value }), {
        'If-Match': ifMatch,
      });
    expect((await change('Un', version)).status).to.equal(200);
    expect((await change('Deux', version)).status).to.equal(412);
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
