import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { apiOf, application, basicOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

const idsOf = ({ body }: ApiReply) =>
  (body['items'] as readonly { readonly sub?: string; readonly id?: string }[]).map(
    ({ sub, id }) => sub ?? id,
  );

describe('the administration API: an application of one network', () => {
  let app: TestApp;
  let perinat: ApiClient;
  before(async () => {
    const scopes = ['admin:read', 'admin:write'];
    app = await startApiApp(
      {},
      { applications: [application('si-perinat', scopes, { network: 'perinatalite' })] },
    );
    perinat = await apiOf(app, basicOf('si-perinat'));
  });
  after(() => app.destroy());

  it('finds who holds a profile there, and nobody else', async () => {
    expect(idsOf(await perinat('GET', '/people'))).to.deep.equal(['acc-perine']);
    for (const path of ['/people/acc-claire', '/people/acc-anne', '/people/nobody'])
      expect((await perinat('GET', path)).status, path).to.equal(404);
    expect(idsOf(await perinat('GET', '/networks'))).to.deep.equal(['perinatalite']);
    expect((await perinat('GET', '/networks/cancerologie')).status).to.equal(404);
  });

  it('gives profiles there, in no other network, and none that administers', async () => {
    const give = (network: string, profile: string) =>
      perinat('POST', '/people/acc-perine/memberships', {
        body: { network, organisation: 'chu', profile },
      });
    expect((await give('perinatalite', 'utilisateur_cancerologie')).status).to.equal(201);
    expect((await give('cancerologie', 'utilisateur_cancerologie')).status).to.be.oneOf([403, 404]);
    for (const profile of ['administrateur_regional', 'administrateur_local', 'auditeur'])
      expect((await give('perinatalite', profile)).status, profile).to.equal(403);
  });

  it('has nothing of the region’s own, nor organisations as such', async () => {
    for (const path of [
      '/means',
      '/mail-templates',
      '/sms-templates',
      '/policy',
      '/deliveries',
      '/terms',
      '/organisations/chu',
    ])
      expect((await perinat('GET', path)).status, path).to.equal(404);
    for (const path of ['/organisations', '/applications'])
      expect(idsOf(await perinat('GET', path)), path).to.deep.equal([]);
    const body = { id: 'autre', name: 'Autre', regime: 'consentement' };
    expect((await perinat('POST', '/networks', { body })).status).to.be.oneOf([403, 404]);
  });

  it('reads the trail of its network, and none of another', async () => {
    const { body } = await perinat('GET', '/trail?person=acc-claire');
    expect(body.code).to.equal('admin.not_found');
    const { items } = (await perinat('GET', '/trail?limit=200')).body as {
      readonly items: readonly { readonly actor: string | null; readonly account: string | null }[];
    };
    const people = items
      .flatMap(({ actor, account }) => [actor, account])
      .filter(id => id?.startsWith('acc-'));
    expect(new Set(people)).to.deep.equal(new Set(['acc-perine']));
  });
});
