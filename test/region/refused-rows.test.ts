import { expect } from 'chai';
import { accountRow, openRegionWorld, outcomes, smallRegion, type Json, type RegionWorld } from './world.ts';

describe('rows of a region file that are refused', () => {
  let world: RegionWorld;
  beforeEach(async () => {
    world = await openRegionWorld();
  });
  afterEach(() => world.close());

  it('writes nothing of a refused row, and the others all the same', async () => {
    const region = smallRegion();
    region.accounts.push(
      accountRow(1, { login: 'claire.dupont' }),
      accountRow(2, { national_ids: ['899700366240'] }),
      accountRow(3, { memberships: [{ network: 'nowhere', organisation: 'chu', profile: 'pharmacien' }] }),
      accountRow(4, {
        memberships: [{ network: 'cancerologie', organisation: 'nowhere', profile: 'pharmacien' }],
      }),
      accountRow(5, { delegations: [{ delegate: 'acc-nobody' }] }),
      accountRow(6, { terms_accepted: '1999-1' }),
      accountRow(7, { applications: ['nothing'] }),
      accountRow(8, { sub: 'acc-claire' }),
      accountRow(9, { login: 'jean.martin' }),
    );
    const { rows, counts } = await world.load(region);
    expect(counts).to.include({ refuse: 8, add: 7 });
    expect(outcomes(rows)['accounts[10]']).to.equal('add');
    for (const n of [1, 2, 3, 4, 5, 6, 7]) {
      expect(await world.directory.professionals.get(`acc-${n}`), `acc-${n}`).to.equal(null);
      expect(await world.accounts.get(`acc-${n}`), `acc-${n}`).to.equal(null);
    }
    expect(
      rows.filter(({ outcome }) => outcome === 'refuse').every(({ reasons }) => reasons?.length),
    ).to.equal(true);
    expect(await world.accounts.findByLogin('jean.martin')).to.have.property('id', 'acc-9');
  });

  it('refuses a row that collides with what an earlier import brought', async () => {
    await world.load(smallRegion());
    const { rows } = await world.load({
      version: 1,
      accounts: [
        accountRow(1, { login: 'Claire.Dupont' }),
        accountRow(2, { national_ids: ['899700366240'] }),
        { ...smallRegion().accounts[0], login: 'cdupont' },
      ],
    });
    expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['refuse', 'refuse', 'refuse']);
    expect(await world.accounts.get('acc-claire')).to.have.property('login', 'claire.dupont');
  });

  it('says in a dry run what the import will do, also beside a duplicate', async () => {
    const document = {
      version: 1,
      networks: [
        { id: 'n1', name: 'Un', regime: 'consentement' },
        { id: 'n1', name: 'Encore', regime: 'consentement' },
      ],
      organisations: [{ id: 'o1', name: 'Établissement', networks: ['n1'] }],
    };
    const dry = await world.load(document, { dryRun: true });
    const real = await world.load(document);
    expect(real.counts).to.include({ add: 2, refuse: 1 });
    expect(dry.counts).to.deep.equal(real.counts);
  });

  it('does not let a row refer to a row that was refused', async () => {
    const region = smallRegion();
    region.organisations.push({ id: 'clinique', name: 'Clinique', networks: ['nowhere'] });
    region.accounts.push(
      accountRow(1, {
        memberships: [{ network: 'cancerologie', organisation: 'clinique', profile: 'pharmacien' }],
      }),
    );
    const { rows } = await world.load(region);
    expect(outcomes(rows)).to.include({ 'organisations[1]': 'refuse', 'accounts[2]': 'refuse' });
  });

  it('refuses wrong rows with the path of what is wrong, and never with the value', async () => {
    const wrong: readonly [Json, string][] = [
      [{ unknown_key: 'planted-value' }, 'unknown_key'],
      [{ sub: 'a b planted-value' }, 'sub'],
      [{ given_name: ' ' }, 'given_name'],
      [{ email: 'planted-value' }, 'email'],
      [{ phone: 'planted-value' }, 'phone'],
      [{ status: 'planted-value' }, 'status'],
      [{ national_ids: ['899700366241'] }, 'national_ids[0]'],
      [{ national_ids: ['99700366240'] }, 'national_ids[0]'],
      [{ login: 'planted value' }, 'login'],
      [{ password: 'planted-value-1', password_hash: 'planted-value' }, 'password_hash'],
      [{ password: 'planted-value'.repeat(30) }, 'password'],
      [{ password_hash: '$2y$10$planted-value' }, 'password_hash'],
      [{ password_changed_at: '2026-11-01T08:00:00' }, 'password_changed_at'],
      [{ password_changed_at: '2026-02-30T08:00:00Z' }, 'password_changed_at'],
      [
        { memberships: [{ network: 'n', organisation: 'o', profile: 'p', from: '2026-11-01' }] },
        'memberships[0].from',
      ],
      [{ memberships: [{ network: 'n', organisation: 'o', profile: 'p', until: '' }] }, 'until'],
      [{ delegations: 'planted-value' }, 'delegations'],
    ];
    const { rows } = await world.load({
      version: 1,
      accounts: wrong.map(([more], n) => accountRow(n, more)),
    });
    for (const [n, [more, where]] of wrong.entries()) {
      const text = rows[n]?.reasons?.join(' ') ?? '';
      expect(rows[n]?.outcome, JSON.stringify(more)).to.equal('refuse');
      expect(text).to.contain(where);
      expect(text).not.to.contain('planted');
    }
  });

  it('refuses wrong networks, organisations and applications', async () => {
    const application = smallRegion().applications[0] ?? {};
    const { rows } = await world.load({
      version: 1,
      networks: [
        { id: 'a', name: 'A', regime: 'autre' },
        { id: 'b', name: 'B', regime: 'consentement', minimum_acr: { read: 'urn:trousseau:acr:mfaa' } },
        { id: 'c', name: 'C', regime: 'consentement', minimum_acr: { raed: 'urn:trousseau:acr:mfa' } },
      ],
      organisations: [
        { id: 'a', name: 'A', parent: 'a' },
        { id: 'b', name: 'B', finess: '37000048' },
        { id: 'c', name: 'C', parent: 'nowhere' },
      ],
      applications: [
        { ...application, network: 'nowhere' },
        { ...application, client_id: 'a', client_secret: 'short' },
        { ...application, client_id: 'b', redirect_uris: [] },
        { ...application, client_id: 'c', redirect_uris: ['javascript:alert(1)'] },
        { ...application, client_id: 'd', redirect_uris: ['https://a.example/#x'] },
        { ...application, client_id: 'e', redirect_uris: ['http://a.example/callback'] },
        { ...application, client_id: 'f', minimum_acr: 'urn:other' },
        { client_id: 'g', name: 'G', grant_types: ['client_credentials'] },
        { ...application, client_id: 'h', token_endpoint_auth_method: 'private_key_jwt' },
        { ...application, client_id: 'i', client_secret: `demo-${'x'.repeat(40)}` },
      ],
    });
    expect(rows).to.have.length(16);
    for (const row of rows) expect(row.outcome, row.path).to.equal('refuse');
  });
});
