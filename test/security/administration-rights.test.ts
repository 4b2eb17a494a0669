import { expect } from 'chai';
import { apiOf, bearerOf, startApiApp, type ApiClient } from '../admin/api-client.ts';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { PASSWORD, type TestApp } from '../support/app.ts';

const regional = (name: string) => ({
  sub: `acc-${name}`,
  login: `${name}.test`,
  given_name: name,
  family_name: 'Test',
  email: `${name}.test@chu.example`,
  password: PASSWORD,
  terms_accepted: '2026-1',
  memberships: [{ network: 'cancerologie', profile: 'administrateur_regional', organisation: 'region' }],
  branch: 'region',
});

describe('attempts on the rights of administration', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  before(async () => {
    app = await startApiApp({}, { accounts: [...administeredRegion().accounts, regional('alix')] });
    const scope = 'admin:read admin:write';
    region = await apiOf(app, await bearerOf(app, 'si-region', scope));
    chu = await apiOf(app, await bearerOf(app, 'si-chu', scope));
  });
  after(() => app.destroy());

  it('answer alike for a person of another branch and for nobody, whatever profile is asked', async () => {
    const give = async (sub: string, profile: string) => {
      const body = { network: 'cancerologie', organisation: 'chu', profile };
      const reply = await chu('POST', `/people/${sub}/memberships`, { body });
      return [reply.status, reply.body.code];
    };
    for (const profile of ['utilisateur_cancerologie', 'auditeur', 'administrateur_regional', 'nothing'])
      expect(await give('acc-nobody', profile), profile).to.deep.equal(await give('acc-luc', profile));
  });

  it('do not let an administrator act on behalf of somebody by a delegation to themselves', async () => {
    const { browser, get } = await seatOf(app, 'paul');
    const page = await get('/admin/people/acc-claire/absence?q=paul');
    const form = page.forms.find(({ fields, choices }) => 'delegate' in fields || 'delegate' in choices);
    const sent = await browser.submit(page, form?.id ?? '', {
      delegate: 'acc-paul',
      from: '',
      until: new Date(app.clock.nowMs() + 5 * 86_400_000).toISOString().slice(0, 10),
    });
    expect(sent.status).to.equal(403);
    const claire = await app.services.directory.professionals.get('acc-claire');
    expect(claire?.delegations).to.deep.equal([]);
  });

  it('leave one regional administrator when each is suspended at the same instant', async () => {
    const fifty = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'acc-anne' : 'acc-alix'));
    await Promise.all(fifty.map(sub => region('POST', `/people/${sub}/suspend`, { body: {} })));
    const left = await Promise.all(
      ['acc-anne', 'acc-alix'].map(sub => app.services.directory.professionals.get(sub)),
    );
    expect(left.filter(person => person?.status === 'active')).to.have.length(1);
  });
});
