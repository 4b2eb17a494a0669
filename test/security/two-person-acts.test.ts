import { expect } from 'chai';
import type { Application } from '#directory/index.ts';
import { apiOf, application, bearerOf, startApiApp, type ApiClient } from '../admin/api-client.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { PASSWORD, type TestApp } from '../support/app.ts';

const HIGHEST = 'administrateur_regional';
const regional = (name: string) => ({
  sub: `acc-${name}`,
  login: `${name}.test`,
  given_name: name,
  family_name: 'Test',
  email: `${name}.test@chu.example`,
  password: PASSWORD,
  terms_accepted: '2026-1',
  memberships: [{ network: 'cancerologie', profile: HIGHEST, organisation: 'region' }],
  branch: 'region',
});

describe('an act that asks for two persons', () => {
  let app: TestApp;
  let region: ApiClient;
  let anne: Seat;
  let alix: Seat;
  before(async () => {
    const scopes = ['admin:read', 'admin:write', 'scim'];
    app = await startApiApp(
      {},
      {
        accounts: [...administeredRegion().accounts, regional('alix'), regional('ines')],
        applications: [application('si-passage', scopes)],
      },
    );
    region = await apiOf(app, await bearerOf(app, 'si-region', 'admin:read admin:write'));
    [anne, alix] = [await seatOf(app, 'anne'), await seatOf(app, 'alix')];
  });
  after(() => app.destroy());

  const profilesOf = async (name: string) =>
    (await app.services.directory.professionals.get(`acc-${name}`))?.memberships.map(
      ({ profile }) => profile,
    );
  const gift = { network: 'cancerologie', organisation: 'region', profile: HIGHEST };

  async function proposedBy(client: ApiClient, name: string): Promise<string> {
    const made = await client('POST', `/people/acc-${name}/memberships`, { body: gift });
    expect(made.status).to.equal(202);
    return String(made.body['proposal']);
  }

  async function proposedByAnne(name: string): Promise<void> {
    const page = await anne.get(
      `/admin/people/acc-${name}/memberships/new?network=cancerologie&organisation=region`,
    );
    const done = await anne.browser.submit(page, 'profile', { profile: HIGHEST });
    expect(done.url.search).to.equal('?done=proposed');
  }

  async function confirmedBy({ browser, get }: Seat, proposal?: string) {
    const page = await get('/admin/proposals');
    const csrf = page.forms.find(({ fields }) => 'csrf' in fields)?.fields['csrf'] ?? '';
    const own = page.forms.find(({ action }) => action.pathname.endsWith('/confirm'));
    const to =
      proposal === undefined ? own?.action.href : `${app.issuer}/admin/proposals/${proposal}/confirm`;
    const sent = await browser.post(to ?? '', new URLSearchParams({ csrf }));
    return sent.alertCode ?? sent.url.search;
  }

  it('is not done by one person who also holds the secret of an application that proposes it', async () => {
    const proposal = await proposedBy(region, 'claire');
    expect(await confirmedBy(anne, proposal)).to.equal('?done=seconded');
    expect(await profilesOf('claire')).to.not.include(HIGHEST);
    // Once more by the same person counts for nothing.
    expect(await confirmedBy(anne, proposal)).to.equal('admin.second_person_needed');
    expect(await profilesOf('claire')).to.not.include(HIGHEST);
    expect(await confirmedBy(alix, proposal)).to.equal('?done=confirmed');
    expect(await profilesOf('claire')).to.include(HIGHEST);
  });

  it('is not done by one person who confirms fifty times at the same instant', async () => {
    const proposal = await proposedBy(region, 'luc');
    const page = await anne.get('/admin/proposals');
    const form = page.forms.find(({ action }) => action.pathname.includes(proposal));
    const confirm = {
      ...page,
      forms: page.forms.map(one =>
        one === form ? { ...one, action: new URL(one.action.href.replace('decline', 'confirm')) } : one,
      ),
    };
    await Promise.all(Array.from({ length: 50 }, () => anne.browser.submit(confirm, form?.id ?? '')));
    expect(await profilesOf('luc')).to.not.include(HIGHEST);
    await region('DELETE', `/proposals/${proposal}`, {
      headers: { 'if-match': (await region('GET', `/proposals/${proposal}`)).etag },
    });
  });

  it('is confirmed by no application: not even what another one, or a person, proposed', async () => {
    await proposedByAnne('luc');
    const [waiting] = (await region('GET', '/proposals')).body['items'] as { proposal: string }[];
    for (const verb of ['confirm', 'confirmations'])
      expect((await region('POST', `/proposals/${waiting?.proposal}/${verb}`, { body: {} })).status).to.equal(
        404,
      );
    expect(await profilesOf('luc')).to.not.include(HIGHEST);
    expect(await confirmedBy(alix)).to.equal('?done=confirmed');
    expect(await profilesOf('luc')).to.include(HIGHEST);
  });

  type Withdrawal = readonly [what: string, change: (before: Application) => Application, code?: string];
  const WITHDRAWALS: readonly Withdrawal[] = [
    ['its scope', before => ({ ...before, scopes: ['admin:read', 'scim'] })],
    ['its secret', before => ({ ...before, clientSecretHash: 'another', secretChangedAtMs: 1 })],
    ['its branch', before => ({ ...before, branch: 'chu' }), 'admin.not_found'],
  ];
  for (const [what, change, code = 'admin.proposal_void'] of WITHDRAWALS) {
    it(`is not done for an application that has lost ${what} meanwhile`, async () => {
      const passage = await apiOf(app, await bearerOf(app, 'si-passage', 'admin:read admin:write'));
      const { applications } = app.services.directory;
      const before = await applications.get('si-passage');
      const proposal = await proposedBy(passage, 'perine');
      expect(await confirmedBy(anne, proposal)).to.equal('?done=seconded');
      await applications.update('si-passage', change);
      expect(await confirmedBy(alix, proposal)).to.equal(code);
      await applications.update('si-passage', () => before as Application);
      expect(await profilesOf('perine')).to.not.include(HIGHEST);
    });
  }
});
