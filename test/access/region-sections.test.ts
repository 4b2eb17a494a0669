import type { RegionContext } from '#directory/index.ts';
import { expect } from 'chai';
import { createRecordSections } from '../../src/access/records/region-sections.ts';
import { ask, REGION } from './region.ts';
import { createWorld, importRecords, type TestRegion, type TestWorld } from './world.ts';

const OPEN = {
  patient_key: 'pk-1',
  network: 'cancerologie',
  creator: 'claire',
  informed_at: '2026-01-05T09:00:00+01:00',
  consented_at: '2026-01-05T09:00:00+01:00',
  parties: [{ account: 'marc' }],
  care_team: [{ organisation: 'chu' }],
  oppositions: [{ account: 'expert', emergency: true }],
};
const SESSION = {
  id: 'rcp-1',
  network: 'cancerologie',
  from: '2026-01-05T09:00:00+01:00',
  patients: ['pk-1'],
  participants: [{ account: 'hugo', role: 'medecin_rcp' }],
};

describe('the records and RCP sessions of the region file', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await createWorld({ ...REGION, records: [], rcp_sessions: [] });
  });
  afterEach(() => world.close());

  const load = (records: readonly unknown[], sessions: readonly unknown[] = []) =>
    importRecords(world.access, { ...REGION, records, rcp_sessions: sessions } as TestRegion, world.clock);
  const codeOf = async (account: string) =>
    (await world.access.decide(ask(account, 'read', 'pk-1') as never, world.caller('dcc'))).context
      .reason_code;
  const told = () => ({ by: 'claire', method: 'oral', at: new Date(world.clock.nowMs()).toISOString() });

  it('are added, then the same, then changed', async () => {
    expect(await load([OPEN], [SESSION])).to.deep.equal(['add', 'add']);
    expect(await load([OPEN], [SESSION])).to.deep.equal(['same', 'same']);
    expect([await codeOf('claire'), await codeOf('marc'), await codeOf('hugo')]).to.deep.equal([
      'permitted_creator',
      'permitted_party',
      'permitted_rcp',
    ]);
    const more = { ...OPEN, parties: [{ account: 'marc' }, { account: 'hugo' }] };
    expect(await load([more], [{ ...SESSION, participants: [] }])).to.deep.equal(['change', 'change']);
    expect(await codeOf('hugo')).to.equal('permitted_party');
  });

  it('find again what was made here when they come from an export, and what was lifted stays lifted', async () => {
    await load([OPEN]);
    const on = (method: string, path: string, more: object = {}) =>
      world.send(method, `/access/v1/records/pk-1${path}`, { ...told(), ...more });
    const { json } = await on('POST', '/oppositions', { account: 'hugo', from: told().at });
    const made = (json['oppositions'] as { id: string; account?: string }[]).find(
      ({ account }) => account === 'hugo',
    );
    const exported = async () => {
      const [records] = createRecordSections(world);
      const rows = [];
      for await (const row of records?.rows() ?? []) rows.push(row);
      return rows;
    };
    const before = await exported();
    expect(await load(before)).to.deep.equal(['same']);
    expect(await codeOf('hugo')).to.equal('patient_opposed');
    await on('DELETE', `/oppositions/${made?.id}`);
    expect(await codeOf('hugo')).not.to.equal('patient_opposed');
    expect(await load(before)).to.deep.equal(['same']);
    expect(await codeOf('hugo')).not.to.equal('patient_opposed');
  });

  it('never undo what the patient has withdrawn or opposed since', async () => {
    await load([OPEN]);
    const on = (method: string, path: string, more: object = {}) =>
      world.send(method, `/access/v1/records/pk-1${path}`, { ...told(), ...more });
    await on('DELETE', '/parties/account/marc');
    await on('POST', '/oppositions', { account: 'hugo' });
    await load([{ ...OPEN, parties: [{ account: 'marc' }, { account: 'hugo' }] }]);
    expect(await codeOf('marc')).to.equal('consent_withdrawn');
    expect(await codeOf('hugo')).to.equal('patient_opposed');
    await on('DELETE', '/consent');
    await load([{ ...OPEN, care_team: [] }]);
    expect(await codeOf('claire')).to.equal('consent_withdrawn');
    world.clock.advance(1);
    await load([{ ...OPEN, consented_at: new Date(world.clock.nowMs()).toISOString() }]);
    expect(await codeOf('claire')).to.equal('permitted_creator');
  });

  it('do not bring back an RCP session that was removed since', async () => {
    await load([OPEN], [SESSION]);
    expect((await world.send('DELETE', `/access/v1/rcp-sessions/${SESSION.id}`)).status).to.equal(204);
    expect(await codeOf('hugo')).to.equal('consent_missing');
    expect(await load([], [SESSION])).to.deep.equal(['same']);
    expect(await codeOf('hugo')).to.equal('consent_missing');
    const rows: unknown[] = [];
    for await (const row of world.access.regionSections[1]?.rows() ?? []) rows.push(row);
    expect(rows).to.deep.equal([]);
  });

  it('are refused when they name whom nobody knows, change their creator or their network', async () => {
    await load([OPEN], [SESSION]);
    const refused = [
      { ...OPEN, network: 'nowhere' },
      { ...OPEN, patient_key: 'pk-2', creator: 'nobody' },
      { ...OPEN, patient_key: 'pk-2', parties: [{ account: 'nobody' }] },
      { ...OPEN, patient_key: 'pk-2', oppositions: [{ organisation: 'nowhere', emergency: false }] },
      { ...OPEN, creator: 'hugo' },
    ];
    expect(await load(refused)).to.deep.equal(Array(5).fill('refuse'));
    const sessions = [
      { ...SESSION, network: 'proche' },
      { ...SESSION, participants: [{ account: 'nobody', role: 'x' }] },
    ];
    expect(await load([], sessions)).to.deep.equal(['refuse', 'refuse']);
    expect(await codeOf('claire')).to.equal('permitted_creator');
  });

  it('are written back as the file would hold them', async () => {
    await load([OPEN], [SESSION]);
    const rows: unknown[] = [];
    for (const section of world.access.regionSections) for await (const row of section.rows()) rows.push(row);
    const at = '2026-01-05T08:00:00.000Z';
    expect(rows).to.deep.equal([
      { ...OPEN, informed_at: at, consented_at: at },
      { ...SESSION, from: at },
    ]);
    for (const section of world.access.regionSections)
      for await (const row of section.rows()) expect(section.schema.safeParse(row).success).to.equal(true);
  });

  it('keep the notice that a patient was given, with a doubt when the network has not published it', async () => {
    await world.access.notices.put({
      network: 'cancerologie',
      version: '2026-1',
      title: 'Notice',
      text: 'Vos données…',
      fromMs: 0,
    });
    const [records] = world.access.regionSections;
    const known = (section: string, id: string) => section !== 'notices' || id === 'cancerologie/2026-1';
    const context = { knows: async (section: string, id: string) => known(section, id) } as RegionContext;
    const planOf = async (notice: string) => {
      const plan = await records!.plan(records!.schema.parse({ ...OPEN, notice }), context);
      await plan.apply?.();
      return [plan.outcome, plan.warnings?.length];
    };
    expect(await planOf('2026-1')).to.deep.equal(['add', 0]);
    expect(await planOf('2026-1')).to.deep.equal(['same', 0]);
    expect(await planOf('ancienne')).to.deep.equal(['change', 1]);
    expect((await world.send('GET', '/access/v1/records/pk-1')).json).to.include({ notice: 'ancienne' });
    const rows: unknown[] = [];
    for await (const row of records!.rows()) rows.push(row);
    expect(rows).to.have.lengthOf(1);
    expect(rows[0]).to.include({ notice: 'ancienne' });
  });

  it('state notices too, whose text never changes', async () => {
    const notices = world.access.regionSections.find(({ key }) => key === 'notices')!;
    const row = {
      network: 'cancerologie',
      version: '2026-1',
      title: 'Notice',
      text: 'Vos données…',
      from: '2026-01-05T08:00:00.000Z',
    };
    const context = { knows: async (_section: string, id: string) => id === 'cancerologie' } as RegionContext;
    const planOf = async (more: object) => {
      const plan = await notices.plan(notices.schema.parse({ ...row, ...more }), context);
      await plan.apply?.();
      return plan.outcome;
    };
    expect(await planOf({})).to.equal('add');
    expect(await planOf({})).to.equal('same');
    expect(await planOf({ title: 'Notice d’information' })).to.equal('change');
    expect(await planOf({ text: 'Autre texte' })).to.equal('refuse');
    expect(await planOf({ network: 'nulle-part' })).to.equal('refuse');
    expect(notices.schema.safeParse({ ...row, file: 'notice.md' }).success).to.equal(false);
    const rows: unknown[] = [];
    for await (const each of notices.rows()) rows.push(each);
    expect(rows).to.deep.equal([{ ...row, title: 'Notice d’information' }]);
    expect(await notices.has('cancerologie/2026-1')).to.equal(true);
  });

  const malformed: readonly (readonly [string, object])[] = [
    ['an INS as patient key', { patient_key: '269054958815780' }],
    ['a misspelt member', { consent_at: '2026-01-05T09:00:00Z' }],
    ['an instant without offset', { informed_at: '2026-01-05T09:00:00' }],
    ['a party that names nobody', { parties: [{}] }],
    ['a party that names two', { parties: [{ account: 'marc', organisation: 'chu' }] }],
  ];
  for (const [title, spoilt] of malformed) {
    it(`are not read with ${title}`, () => {
      const [records] = world.access.regionSections;
      expect(records?.schema.safeParse({ ...OPEN, ...spoilt }).success).to.equal(false);
    });
  }
});
