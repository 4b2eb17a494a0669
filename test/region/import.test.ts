import { expect } from 'chai';
import { formatReport } from '#region/index.ts';
import { hashToken, isAppError } from '#kernel/index.ts';
import { accountRow, openRegionWorld, outcomes, smallRegion, type RegionWorld } from './world.ts';

describe('region import', () => {
  let world: RegionWorld;
  beforeEach(async () => {
    world = await openRegionWorld();
  });
  afterEach(() => world.close());

  it('adds what the document says, in the order that references need', async () => {
    const { counts } = await world.load(smallRegion());
    expect(counts).to.deep.equal({ add: 6, change: 1, same: 0, refuse: 0, warn: 0 });
    expect(await world.directory.region()).to.have.property('support', '02 00 00 00 00');
    const claire = await world.directory.professionals.get('acc-claire');
    expect(claire?.memberships).to.deep.equal([
      {
        network: 'cancerologie',
        organisation: 'chu',
        profile: 'utilisateur_cancerologie',
        fromMs: Date.parse('2026-01-01T00:00:00Z'),
      },
    ]);
    const login = await world.accounts.findByLogin('claire.dupont');
    expect(await world.accounts.verifyPassword(login, 'Trousseau-2026!')).to.equal(true);
    expect(login?.termsAccepted).to.have.nested.property('[0].version', '2026-1');
    expect(await world.accounts.findByLogin('sophie.martin')).to.have.property('id', 'acc-sophie');
    expect(await world.directory.applications.get('dcc')).to.deep.include({
      clientSecretHash: hashToken('a-secret-of-more-than-32-characters'),
      grantTypes: ['authorization_code', 'refresh_token'],
      requirePkce: true,
    });
  });

  it('finds everything the same the second time, also when everything is planned again', async () => {
    await world.load(smallRegion());
    for (const options of [{}, { reapply: true }]) {
      const { counts } = await world.load(smallRegion(), options);
      expect(counts).to.deep.equal({ add: 0, change: 0, same: 7, refuse: 0, warn: 0 });
    }
  });

  it('reports the same in a dry run, and writes nothing', async () => {
    const dry = await world.load(smallRegion(), { dryRun: true });
    expect(await world.directory.professionals.get('acc-claire')).to.equal(null);
    expect(await world.directory.networks.get('cancerologie')).to.equal(null);
    expect((await world.audit.list({ time: '' })).items).to.deep.equal([]);
    const wet = await world.load(smallRegion());
    expect(dry.counts).to.deep.equal(wet.counts);
    expect(dry.rows).to.deep.equal(wet.rows);
  });

  it('names the fields that a changed row changes', async () => {
    await world.load(smallRegion());
    const region = smallRegion();
    region.accounts[0] = { ...region.accounts[0], status: 'suspended', family_name: 'Dupont-Roy' };
    const { rows } = await world.load(region);
    const changed = rows.filter(({ outcome }) => outcome !== 'same');
    expect(changed).to.deep.equal([
      { path: 'accounts[0]', id: 'acc-claire', outcome: 'change', changes: ['status', 'family_name'] },
    ]);
    expect(await world.directory.professionals.get('acc-claire')).to.have.property('status', 'suspended');
  });

  it('names the référents of an organisation where a row speaks of them, accounts that are known only', async () => {
    const { organisations } = world.directory;
    const withReferents = (referents?: readonly string[]) => {
      const region = smallRegion();
      region.organisations[0] = { ...region.organisations[0], ...(referents && { referents }) };
      return world.load(region);
    };
    const outcomeOf = async (referents?: readonly string[]) => {
      const { rows } = await withReferents(referents);
      const row = rows.find(({ path }) => path === 'organisations[0]');
      return [row?.outcome, (await organisations.get('chu'))?.referents];
    };
    expect(await outcomeOf(['acc-claire'])).to.deep.equal(['add', ['acc-claire']]);
    expect(await outcomeOf(['acc-sophie'])).to.deep.equal(['change', ['acc-sophie']]);
    expect(await outcomeOf()).to.deep.equal(['same', ['acc-sophie']]);
    expect(await outcomeOf(['acc-nobody'])).to.deep.equal(['refuse', ['acc-sophie']]);
    const exported = JSON.parse(JSON.stringify(await world.region.exportDocument()));
    expect(exported.organisations[0].referents).to.deep.equal(['acc-sophie']);
    expect(await outcomeOf([])).to.deep.equal(['change', []]);
  });

  describe('leaves alone what people did since', () => {
    it('a password, its age and the accepted terms', async () => {
      const region = smallRegion();
      region.accounts[0] = { ...region.accounts[0], must_change_password: true };
      await world.load(region);
      const change = { reason: 'first_sign_in', actor: 'acc-claire' } as const;
      expect(await world.accounts.changePassword('acc-claire', 'rZq-7xk2w-1', change)).to.equal('changed');
      const before = await world.accounts.get('acc-claire');
      region.accounts[0] = { ...region.accounts[0], phone: '+33 6 00 00 00 01', password: 'Autre-1234!' };
      expect((await world.load(region)).counts).to.include({ change: 1, same: 6 });
      expect((await world.load(region, { reapply: true })).counts).to.include({ change: 0, same: 7 });
      expect(await world.accounts.get('acc-claire')).to.deep.equal(before);
    });

    it('a suspension, until a row says otherwise in so many words', async () => {
      await world.load(smallRegion());
      await world.directory.professionals.update('acc-claire', before => ({
        ...before,
        status: 'suspended',
      }));
      expect((await world.load(smallRegion())).counts).to.include({ change: 0, same: 7 });
      expect(await world.directory.professionals.get('acc-claire')).to.have.property('status', 'suspended');
      const region = smallRegion();
      region.accounts[0] = { ...region.accounts[0], phone: '+33600000009' };
      expect((await world.load(region)).counts).to.include({ change: 1 });
      expect((await world.load(smallRegion(), { reapply: true })).counts).to.include({ change: 1 });
      expect(await world.directory.professionals.get('acc-claire')).to.have.property('status', 'suspended');
      region.accounts[0] = { ...region.accounts[0], status: 'active' };
      expect((await world.load(region)).counts).to.include({ change: 1 });
      expect(await world.directory.professionals.get('acc-claire')).to.have.property('status', 'active');
    });
  });

  it('takes a row without a login for a professional without account, whose login may come later', async () => {
    const nobody = {
      sub: 'acc-paul',
      given_name: 'Paul',
      family_name: 'Sanscompte',
      password: 'Girafe-2026!',
    };
    const region = { ...smallRegion(), accounts: [nobody] };
    const { rows } = await world.load(region);
    const row = rows.find(({ id }) => id === 'acc-paul');
    expect(row).to.include({ outcome: 'add' });
    expect(row?.warnings).to.have.length(1);
    expect(await world.directory.professionals.get('acc-paul')).not.to.equal(null);
    expect(await world.accounts.get('acc-paul')).to.equal(null);
    expect(await world.accounts.findByLogin('paul.sanscompte')).to.equal(null);
    expect((await world.load(region, { reapply: true })).counts).to.include({ add: 0, change: 0 });
    const exported = (await world.region.exportDocument()) as { accounts: { sub: string; login?: string }[] };
    expect(exported.accounts.find(({ sub }) => sub === 'acc-paul')).to.not.have.property('login');
    await world.load({ ...region, accounts: [{ ...nobody, login: 'paul.arrive' }] });
    expect(await world.accounts.findByLogin('paul.arrive')).to.have.property('id', 'acc-paul');
  });

  it('completes a row that a crash left between the professional and the account', async () => {
    await world.load({ ...smallRegion(), accounts: [] });
    await world.directory.professionals.insert({
      id: 'acc-sophie',
      status: 'active',
      givenName: 'Sophie',
      familyName: 'Martin',
      specialties: [],
      nationalIds: [],
      memberships: [],
      delegations: [],
    });
    const { rows } = await world.load(smallRegion());
    expect(rows.find(({ id }) => id === 'acc-sophie')).to.deep.include({
      outcome: 'change',
      changes: ['login'],
    });
    expect(await world.accounts.findByLogin('sophie.martin')).to.have.property('id', 'acc-sophie');
  });

  it('reads levels under any of their names, and keeps them in the ladder’s own', async () => {
    await world.load({
      version: 1,
      networks: [{ id: 'a', name: 'A', regime: 'consentement', minimum_acr: { read: 'eidas1' } }],
    });
    expect(await world.directory.networks.get('a')).to.have.deep.property('minimumAcr', {
      read: 'urn:trousseau:acr:card',
    });
  });

  it('takes a membership of a network as a whole, without organisation', async () => {
    const region = smallRegion();
    region.accounts.push(accountRow(1, { memberships: [{ network: 'cancerologie', profile: 'auditeur' }] }));
    await world.load(region);
    const auditor = await world.directory.professionals.get('acc-1');
    expect(auditor?.memberships).to.deep.equal([{ network: 'cancerologie', profile: 'auditeur' }]);
    const { counts } = await world.load(JSON.parse(JSON.stringify(await world.region.exportDocument())), {
      reapply: true,
    });
    expect(counts).to.include({ change: 0, refuse: 0 });
  });

  it('warns of windows that never hold, of doubtful FINESS numbers and of unknown codes, and imports them', async () => {
    const region = smallRegion();
    region.organisations.push({ id: 'b', name: 'B', finess: '370000482' });
    region.accounts.push(
      accountRow(1, {
        profession: '77',
        memberships: [
          {
            network: 'cancerologie',
            organisation: 'chu',
            profile: 'pharmacien',
            from: '2026-03-05T08:00:00Z',
            to: '2026-03-04T08:00:00Z',
          },
        ],
      }),
    );
    const { rows, counts } = await world.load(region);
    expect(counts).to.include({ warn: 2, refuse: 0 });
    expect(rows.find(({ id }) => id === 'acc-1')?.warnings).to.have.length(2);
    expect(await world.directory.professionals.get('acc-1')).to.have.property('profession', '77');
  });

  describe('of terms', () => {
    const terms = { version: '2026-1', title: 'Règlement', from: '2026-01-01T00:00:00+01:00' };

    it('reads their text from a file beside the document, and refuses a changed text', async () => {
      await world.write('reglement.md', 'Premier texte');
      const file = await world.write(
        'region.json',
        JSON.stringify({ version: 1, terms: [{ ...terms, file: 'reglement.md' }] }),
      );
      expect((await world.region.importFile(file)).counts).to.include({ add: 1 });
      expect((await world.region.importFile(file)).counts).to.include({ same: 1 });
      await world.write('reglement.md', 'Autre texte');
      expect((await world.region.importFile(file)).counts).to.include({ refuse: 1 });
      expect(await world.terms.current()).to.have.property('text', 'Premier texte');
    });

    it('reads no file elsewhere', async () => {
      for (const file of ['../outside.md', '/etc/hostname', 'missing.md', 'x/../../outside.md', '.']) {
        const { rows } = await world.load({ version: 1, terms: [{ ...terms, file }] });
        expect(rows[0]?.outcome, file).to.equal('refuse');
      }
      const { rows } = await world.load({ version: 1, terms: [terms, { ...terms, text: 'a', file: 'b' }] });
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['refuse', 'refuse']);
    });
  });

  describe('of a document that is none', () => {
    const code = (document: unknown) =>
      world.load(document).then(
        () => 'imported',
        (error: unknown) => (isAppError(error) ? error.code : 'thrown'),
      );

    it('refuses it whole', async () => {
      expect(await code([])).to.equal('region.file_malformed');
      expect(await code(null)).to.equal('region.file_malformed');
      expect(await code({})).to.equal('region.version_unknown');
      expect(await code({ ...smallRegion(), version: 2 })).to.equal('region.version_unknown');
    });

    it('says where the JSON breaks, without its text', async () => {
      const file = await world.write('region.json', '{"version": 1,\n "accounts": [planted-secret]}');
      const error = await world.region.importFile(file).catch((caught: unknown) => caught);
      expect(isAppError(error, 'region.file_malformed')).to.equal(true);
      expect(error instanceof Error && error.message).not.to.contain('planted');
      const missing = await world.region.importFile(`${file}.none`).catch((caught: unknown) => caught);
      expect(isAppError(missing, 'region.file_unreadable')).to.equal(true);
    });

    it('reports a misspelt key and a section that is no list, and imports the rest', async () => {
      const { rows, counts } = await world.load({ ...smallRegion(), acounts: [], applications: {} });
      expect(counts).to.include({ refuse: 2, add: 5 });
      expect(outcomes(rows)).to.include({ acounts: 'refuse', applications: 'refuse' });
    });
  });

  it('prints a report without any secret', async () => {
    const text = formatReport(await world.load(smallRegion())).join('\n');
    expect(text).to.contain('6 added, 1 changed, 0 same, 0 refused');
    expect(text).not.to.match(/Trousseau-2026|a-secret-of-more/u);
    const { items } = await world.audit.list({ time: '' });
    expect(items.filter(({ type }) => type === 'region.row.imported')).to.have.length(7);
    expect(items.filter(({ type }) => type === 'region.file.imported')).to.have.length(1);
    expect(JSON.stringify(items)).not.to.match(/Trousseau-2026|a-secret-of-more/u);
  });
});
