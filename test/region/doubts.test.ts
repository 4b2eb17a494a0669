import { expect } from 'chai';
import { formatReport, type RegionReport } from '#region/index.ts';
import { openRegionWorld, outcomes, smallRegion, type RegionWorld } from './world.ts';

describe('what the region import doubts', () => {
  let world: RegionWorld;
  beforeEach(async () => {
    world = await openRegionWorld();
  });
  afterEach(() => world.close());

  const warningsOf = (report: RegionReport, id: string): readonly string[] =>
    report.rows.find(row => row.id === id)?.warnings ?? [];

  it('keeps an unknown profile, and warns with the nearest known one', async () => {
    const region = smallRegion();
    const membership = { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologi' };
    const report = await world.load({
      ...region,
      accounts: [{ ...region.accounts[1], memberships: [membership] }],
    });
    const [warning] = warningsOf(report, 'acc-sophie');
    expect(warning).to.include('memberships[0].profile').and.include('`utilisateur_cancerologie`');
    const sophie = await world.directory.professionals.get('acc-sophie');
    expect(sophie?.memberships[0]?.profile).to.equal('utilisateur_cancerologi');
  });

  it('keeps an unknown scope, and warns with the nearest known one', async () => {
    const region = smallRegion();
    const application = {
      ...region.applications[0],
      scopes: ['openid', 'acces:evaluate', 'something_else_altogether'],
    };
    const report = await world.load({ ...region, applications: [application] });
    const [near, far] = warningsOf(report, 'dcc');
    expect(near).to.include('`acces:evaluate`').and.include('`access:evaluate`');
    expect(far).to.include('`something_else_altogether`').and.not.include('did you mean');
    expect((await world.directory.applications.get('dcc'))?.scopes).to.include('acces:evaluate');
  });

  it('takes `region` as the root without a row of its own', async () => {
    const report = await world.load({
      ...smallRegion(),
      organisations: [{ id: 'chu', name: 'CHU', parent: 'region' }],
    });
    expect(outcomes(report.rows)).to.have.property('organisations[0]', 'add');
    expect(await world.directory.organisations.get('chu')).to.have.property('parent', 'region');
  });

  it('refuses parents that form a circle and what hangs below it, and imports the rest', async () => {
    const organisations = [
      { id: 'a', name: 'A', parent: 'b' },
      { id: 'b', name: 'B', parent: 'c' },
      { id: 'c', name: 'C', parent: 'a' },
      { id: 'below', name: 'Below', parent: 'a' },
      { id: 'orphan', name: 'Orphan', parent: 'nowhere' },
      { id: 'of-orphan', name: 'Of orphan', parent: 'orphan' },
      { id: 'chu', name: 'CHU', parent: 'region' },
      { id: 'unit', name: 'Unit', parent: 'chu' },
    ];
    const found = outcomes((await world.load({ ...smallRegion(), organisations })).rows);
    const seen = organisations.map((_row, n) => found[`organisations[${n}]`]);
    expect(seen).to.deep.equal([...Array<string>(6).fill('refuse'), 'add', 'add']);
    for (const { id } of organisations.slice(0, 6)) {
      expect(await world.directory.organisations.get(id), id).to.equal(null);
    }
  });

  it('refuses a change that closes a circle with what was imported before', async () => {
    const first = [
      { id: 'chu', name: 'CHU' },
      { id: 'unit', name: 'Unit', parent: 'chu' },
    ];
    await world.load({ ...smallRegion(), organisations: first });
    const report = await world.load({
      version: 1,
      organisations: [{ id: 'chu', name: 'CHU', parent: 'unit' }],
    });
    expect(outcomes(report.rows)).to.have.property('organisations[0]', 'refuse');
    expect(await world.directory.organisations.get('chu')).not.to.have.property('parent');
  });

  it('prints no national identifier, but its last three characters', async () => {
    const region = smallRegion();
    const twice = { ...region.accounts[0], sub: 'acc-other', login: 'other' };
    const report = await world.load({ ...region, accounts: [...region.accounts, twice] });
    const later = await world.load({ version: 1, accounts: [twice] });
    for (const { rows, lines } of [report, later].map(r => ({
      rows: r.rows,
      lines: formatReport(r).join('\n'),
    }))) {
      expect(rows.find(({ id }) => id === 'acc-other')).to.have.property('outcome', 'refuse');
      expect(lines).not.to.include('899700366240').and.not.include('99700366');
      expect(lines).to.include('…240');
    }
  });

  it('words every refusal of a field the same way, with its path and the name of its row', async () => {
    const region = smallRegion();
    const [claire] = region.accounts;
    const wrong = {
      ...claire,
      given_name: 7,
      status: 'gone',
      email: 'none',
      password: '',
      unknown_field: 1,
      memberships: [{ network: 'cancerologie' }],
      specialties: Array<string>(51).fill('SM36'),
    };
    const report = await world.load({ ...region, accounts: [wrong], networks: [7] });
    const row = report.rows.find(({ path }) => path === 'accounts[0]');
    expect(row).to.have.property('id', 'acc-claire');
    const reasons = row?.reasons ?? [];
    expect(reasons).to.have.length(7);
    for (const reason of reasons) expect(reason).to.match(/^(?:[\w[\].]+: )?expected /u);
    expect(reasons.join('\n')).to.include('memberships[0].profile: ').and.include('`unknown_field`');
    expect(report.rows.find(({ path }) => path === 'networks[0]')?.reasons).to.deep.equal([
      'expected an object',
    ]);
  });

  it('does not repeat a row’s name that is itself refused', async () => {
    const report = await world.load({
      version: 1,
      accounts: [{ sub: 'not a name', given_name: 'A', family_name: 'B' }],
    });
    expect(report.rows[0]).not.to.have.property('id');
  });
});
