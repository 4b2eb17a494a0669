import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import {
  ENTERPRISE,
  PROFESSIONAL,
  CHU_PHARMACISTS,
  startScimApp,
  patchOf,
  newUser,
  idsOf,
  refusedAs,
  type Reply,
  type Scim,
} from './scim.ts';

describe('changes by SCIM', () => {
  let app: TestApp;
  let region: Scim;
  let chu: Scim;
  let clinique: Scim;
  before(async () => {
    ({ app, region, chu, clinique } = await startScimApp());
  });
  after(() => app.destroy());

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
});
