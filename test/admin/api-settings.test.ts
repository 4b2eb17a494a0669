import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { apiOf, basicOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

const outcomeOf = ({ status, body }: ApiReply) => [status, body.code];

describe('the administration API: settings', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, basicOf('si-region'));
    chu = await apiOf(app, basicOf('si-chu'));
  });
  after(() => app.destroy());

  const patch = async (api: ApiClient, path: string, body: object) => {
    const { etag } = await api('GET', path);
    return api('PATCH', path, { body, headers: { 'If-Match': etag === '' ? '*' : etag } });
  };

  it('adds and changes organisations where the tree lets it, and names their referents', async () => {
    const body = { name: 'Clinique du Parc', parent: 'region', networks: ['cancerologie'] };
    const made = await region('POST', '/organisations', { body });
    expect([made.status, made.body['id']]).to.deep.equal([201, 'clinique-du-parc']);
    expect((await chu('POST', '/organisations', { body: { ...body, parent: 'chu' } })).status).to.equal(403);
    expect((await patch(chu, '/organisations/chu-onco', { name: 'Onco' })).body['name']).to.equal('Onco');
    expect((await patch(chu, '/organisations/clinique', { name: 'Autre' })).status).to.equal(404);
    expect((await patch(chu, '/organisations/chu-onco', { parent: 'clinique' })).status).to.be.oneOf([
      403, 404,
    ]);
    const named = await chu('POST', '/organisations/chu/referents', { body: { sub: 'acc-claire' } });
    expect(named.body['referents']).to.deep.equal(['acc-claire']);
    expect((await chu('POST', '/organisations/chu/referents', { body: { sub: 'acc-luc' } })).status).to.equal(
      404,
    );
    const path = '/organisations/chu/referents/acc-claire';
    const removed = await chu('DELETE', path, { headers: { 'If-Match': named.etag } });
    expect(removed.body['referents']).to.deep.equal([]);
  });

  it('adds and changes networks of the region', async () => {
    const body = { id: 'soins-palliatifs', name: 'Soins palliatifs', regime: 'consentement' };
    expect((await chu('POST', '/networks', { body })).status).to.equal(403);
    expect((await region('POST', '/networks', { body })).status).to.equal(201);
    const minimum_acr = { read: 'urn:trousseau:acr:mfa' };
    const changed = await patch(region, '/networks/soins-palliatifs', { minimum_acr });
    expect(changed.body['minimum_acr']).to.deep.equal(minimum_acr);
    expect(outcomeOf(await region('POST', '/networks', { body }))).to.deep.equal([
      409,
      'admin.network_exists',
    ]);
  });

  it('names the validators of a network, whom nobody reads beyond their branch', async () => {
    const path = '/networks/perinatalite/validators';
    const { body: before } = await region('GET', '/networks/perinatalite');
    expect(before['validators']).to.deep.equal([]);
    expect((await chu('POST', path, { body: { sub: 'acc-claire' } })).status).to.be.oneOf([403, 404]);
    expect((await region('POST', path, { body: { sub: 'acc-nobody' } })).status).to.equal(404);
    await region('POST', path, { body: { sub: 'acc-claire' } });
    const named = await region('POST', path, { body: { sub: 'acc-luc' } });
    expect(named.body['validators']).to.deep.equal(['acc-claire', 'acc-luc']);
    const { body: seen } = await chu('GET', '/networks/cancerologie');
    expect(seen['validators']).to.deep.equal([]);
    const { items = [] } = (await chu('GET', '/networks')).body as { items?: { validators: string[] }[] };
    expect(items.flatMap(({ validators }) => validators)).to.not.include('acc-luc');
    const stale = await region('DELETE', `${path}/acc-luc`, { headers: { 'If-Match': '"old"' } });
    expect(stale.status).to.equal(412);
    const removed = await region('DELETE', `${path}/acc-luc`, { headers: { 'If-Match': named.etag } });
    expect(removed.body['validators']).to.deep.equal(['acc-claire']);
    const again = await region('DELETE', `${path}/acc-luc`, { headers: { 'If-Match': '*' } });
    expect(again.status).to.equal(404);
  });

  it('tells the secret of an application once, and not again to a request that is sent again', async () => {
    const body = {
      client_id: 'imagerie',
      name: 'Imagerie',
      grant_types: ['client_credentials'],
      scopes: ['admin:read'],
      branch: 'clinique',
    };
    const send = (more: object = {}) =>
      region('POST', '/applications', {
        body: { ...body, ...more },
        headers: { 'Idempotency-Key': 'imagerie' },
      });
    const made = await send();
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    const secret = made.body['client_secret'] as string;
    const again = await send();
    expect([again.status, again.body['client_secret']]).to.deep.equal([201, null]);
    const own = await apiOf(app, basicOf('imagerie', secret));
    expect((await own('GET', '/people?limit=1')).status).to.equal(200);
    const rotated = await region('POST', '/applications/imagerie/rotate-secret', {
      body: { overlap_days: 0 },
    });
    expect(rotated.body['client_secret']).to.be.a('string').and.not.equal(secret);
    expect((await own('GET', '/people')).status).to.equal(401);
    expect((await chu('POST', '/applications/imagerie/rotate-secret')).status).to.be.oneOf([403, 404]);
  });

  it('lets no application gain rights, by itself or by another that it makes or takes over', async () => {
    const more = { client_id: 'plus', name: 'Plus', grant_types: ['client_credentials'] };
    const refused = [403, 'admin.beyond_own_rights'];
    const make = (given: object) => region('POST', '/applications', { body: { ...more, ...given } });
    expect(outcomeOf(await make({ scopes: ['access:evaluate'] }))).to.deep.equal(refused);
    expect(outcomeOf(await make({ scopes: ['admin:read'], asserts_acr: true }))).to.deep.equal(refused);
    expect(outcomeOf(await make({ scopes: ['admin:read'], can_simulate: true }))).to.deep.equal(refused);
    expect(outcomeOf(await region('POST', '/applications/batch/rotate-secret'))).to.deep.equal(refused);
    expect(outcomeOf(await patch(region, '/applications/batch', { name: 'x' }))).to.deep.equal(refused);
    expect(outcomeOf(await patch(region, '/applications/si-region', { scopes: ['openid'] }))).to.deep.equal(
      refused,
    );
    expect((await region('GET', '/applications/plus')).status).to.equal(404);
  });

  it('declares an absence within the branch, and ends it', async () => {
    const to = new Date(app.clock.nowMs() + 86_400_000).toISOString();
    const path = '/people/acc-claire/delegations';
    expect((await chu('POST', path, { body: { delegate: 'acc-luc', to } })).status).to.equal(404);
    const given = await chu('POST', path, { body: { delegate: 'acc-perine', to } });
    expect((given.body['items'] as { delegate: string }[])[0]?.delegate).to.equal('acc-perine');
    const { etag } = await chu('GET', path);
    const ended = await chu('DELETE', `${path}/acc-perine`, { headers: { 'If-Match': etag } });
    expect(ended.status).to.equal(204);
  });

  it('publishes a version of the règlement to come, for the whole region only', async () => {
    const from = new Date(app.clock.nowMs() + 30 * 86_400_000).toISOString();
    const body = { version: '2027-1', title: 'Règlement', text: 'Article 1. Mieux faire.', from };
    expect((await chu('POST', '/terms', { body })).status).to.equal(403);
    const made = await region('POST', '/terms', { body });
    expect([made.status, made.body['version']]).to.deep.equal([201, '2027-1']);
    expect((await region('GET', '/terms')).body['total']).to.equal(2);
    expect((await chu('GET', '/terms/2027-1')).status).to.equal(404);
  });

  it('publishes a règlement that is longer than other bodies may be, within its own bound', async () => {
    const publish = (version: string, characters: number) =>
      region('POST', '/terms', {
        body: { version, title: 'Long', text: 'é'.repeat(characters), from: '2028-01-01T00:00:00+01:00' },
      });
    expect((await publish('2028-1', 100_000)).status).to.equal(201);
    expect((await publish('2028-2', 140_000)).status).to.equal(413);
  });
});
