import { expect } from 'chai';
import { createConsentFile, type ConsentFile, type LineCounts, type LineReport } from '#access/index.ts';
import { ask, REGION } from './region.ts';
import { storedText } from './stored-text.ts';
import { createWorld, type TestWorld } from './world.ts';

const INS = { value: '269054958815780', oid: '1.2.250.1.213.1.4.8' };
const TRAITS = {
  birth_family_name: 'Vauquelin',
  birth_given_name: 'Hortense',
  birth_date: '1969-05-04',
  birth_place: '49588',
  sex: 'F',
};
const OPEN = {
  network: 'cancerologie',
  creator: 'claire',
  informed_at: '2026-01-05T09:00:00+01:00',
  consented_at: '2026-01-05T09:00:00+01:00',
};

describe('a file of consents', () => {
  let world: TestWorld;
  let bulk: ConsentFile;
  let patients = 0;
  before(async () => {
    world = await createWorld(REGION);
    bulk = createConsentFile({ ...world, mode: 'demo' });
  });
  after(() => world.close());

  const newKey = () => `pk-lot-${++patients}`;
  async function* linesOf(rows: readonly unknown[]): AsyncGenerator<string> {
    for (const row of rows) yield typeof row === 'string' ? row : JSON.stringify(row);
  }
  async function importRows(
    rows: readonly unknown[],
    options?: Parameters<ConsentFile['importLines']>[1],
  ): Promise<{ reports: LineReport[]; counts: LineCounts }> {
    const reports: LineReport[] = [];
    const lines = bulk.importLines(linesOf(rows), options);
    for (;;) {
      const next = await lines.next();
      if (next.done) return { reports, counts: next.value };
      reports.push(next.value);
    }
  }
  const codeOf = async (account: string, key: string) =>
    (await world.access.decide(ask(account, 'read', key) as never, world.caller('dcc'))).context.reason_code;
  const keyOf = async (body: object) =>
    String((await world.send('POST', '/access/v1/patient-keys', body)).json['patient_key']);
  const told = () => ({ by: 'claire', method: 'papier', at: new Date(world.clock.nowMs()).toISOString() });

  it('opens records by key, by INS and by traits, each under the key that the API gives', async () => {
    const key = newKey();
    const { counts, reports } = await importRows([
      { ...OPEN, patient_key: key },
      '',
      { ...OPEN, ins: INS, parties: [{ account: 'marc' }] },
      { ...OPEN, traits: TRAITS },
    ]);
    expect(counts).to.deep.equal({ add: 3, change: 0, same: 0, refuse: 0 });
    expect(reports.map(({ line }) => line)).to.deep.equal([1, 3, 4]);
    expect(await codeOf('claire', key)).to.equal('permitted_creator');
    expect(await codeOf('marc', await keyOf({ ins: INS }))).to.equal('permitted_party');
    expect(await codeOf('claire', await keyOf({ traits: TRAITS }))).to.equal('permitted_creator');
  });

  it('leaves no INS nor trait anywhere, in what it reports neither', async () => {
    const { reports } = await importRows([
      { ...OPEN, ins: INS, creator: INS.value },
      { ...OPEN, patient_key: INS.value },
      { ...OPEN, traits: TRAITS, parties: [{ account: 'nobody' }] },
      `{"ins": "${INS.value}"`,
      { ...OPEN, ins: { ...INS, value: '269054958815781' } },
    ]);
    const { items } = await world.audit.list({ limit: 1000 });
    const kept = [reports, items, world.log, world.shell.log].map(each => JSON.stringify(each));
    expect(reports.map(({ outcome }) => outcome)).to.deep.equal(Array(5).fill('refuse'));
    expect(`${kept.join('\n')}${await storedText(world.store)}`).not.to.match(/2690549588157|Vauquelin/iu);
  });

  it('is the same the second time', async () => {
    const rows = [newKey(), newKey()].map(key => ({
      ...OPEN,
      patient_key: key,
      parties: [{ organisation: 'chu' }],
      oppositions: [{ account: 'hugo' }],
    }));
    expect((await importRows(rows)).counts).to.include({ add: 2 });
    expect((await importRows(rows)).counts).to.deep.equal({ add: 0, change: 0, same: 2, refuse: 0 });
  });

  it('undoes nothing that the patient asked for meanwhile', async () => {
    const key = newKey();
    const proche = newKey();
    const rows = [
      { ...OPEN, patient_key: key, parties: [{ account: 'marc' }] },
      {
        ...OPEN,
        patient_key: proche,
        network: 'proche',
        creator: 'claire',
        care_team: [{ account: 'hugo' }],
      },
    ];
    await importRows(rows);
    await world.send('DELETE', `/access/v1/records/${key}/parties/account/marc`, told());
    await world.send('DELETE', `/access/v1/records/${proche}/care-team/account/hugo`, told(), {
      client: 'proche',
    });
    expect((await importRows(rows)).counts).to.include({ refuse: 0 });
    expect(await codeOf('marc', key)).to.equal('consent_withdrawn');
    const ofHugo = ask('hugo', 'read', proche) as never;
    const { context } = await world.access.decide(ofHugo, world.caller('proche'));
    expect(context.reason_code).to.equal('not_in_care_team');
  });

  it('refuses a wrong line with its number and what is wrong, and imports the others', async () => {
    const key = newKey();
    const { counts, reports } = await importRows([
      'nothing',
      { ...OPEN },
      { ...OPEN, patient_key: newKey(), ins: INS },
      { ...OPEN, patient_key: newKey(), network: 'ailleurs' },
      { ...OPEN, patient_key: newKey(), parties: [{ account: 'nobody' }] },
      { ...OPEN, patient_key: newKey(), informed_at: 'hier', other: 1 },
      { ...OPEN, patient_key: key },
    ]);
    expect(counts).to.deep.equal({ add: 1, change: 0, same: 0, refuse: 6 });
    expect(reports.map(({ errors }) => errors?.map(({ path }) => path) ?? [])).to.deep.equal([
      ['body'],
      ['patient_key'],
      ['patient_key'],
      ['body'],
      ['body'],
      ['informed_at', 'other'],
      [],
    ]);
    expect(await codeOf('claire', key)).to.equal('permitted_creator');
  });

  it('writes nothing in a dry run, and tells what it would', async () => {
    const key = newKey();
    const rows = [
      { ...OPEN, patient_key: key },
      { ...OPEN, traits: { ...TRAITS, sex: 'I' } },
    ];
    expect((await importRows(rows, { isDryRun: true })).counts).to.include({ add: 2 });
    expect(await codeOf('claire', key)).to.equal('patient_not_informed');
    expect((await importRows(rows)).counts).to.include({ add: 2 });
  });

  it('takes no new mention of a notice that was not in force, once the network publishes its own', async () => {
    const at = (notice: string, informed_at: string, patient_key = newKey()) => ({
      ...OPEN,
      network: 'proche',
      patient_key,
      notice,
      informed_at,
    });
    const before = at('papier-2019', '2019-02-01T09:00:00+01:00');
    expect((await importRows([before])).counts).to.include({ add: 1 });
    const fromMs = Date.parse('2026-01-01T00:00:00Z');
    await world.access.notices.put({
      network: 'proche',
      version: '2026-1',
      title: 'Notice',
      text: 'Texte',
      fromMs,
    });

    const late = '2026-01-05T09:00:00+01:00';
    const refused = at('papier-2019', late);
    const { counts, reports } = await importRows([
      { ...before, parties: [{ account: 'marc' }] },
      at('2026-1', late),
      at('2026-1', '2025-12-31T09:00:00+01:00'),
      refused,
      at('2026-1', late, before.patient_key),
      { ...at('papier-2018', late), patient_key: before.patient_key },
    ]);
    expect(counts).to.deep.equal({ add: 1, change: 2, same: 0, refuse: 3 });
    for (const index of [2, 3, 5])
      expect(reports[index]?.errors?.map(({ path, code }) => [path, code])).to.deep.equal([
        ['notice', 'access.notice_unknown'],
      ]);
    expect((await importRows([refused], { isDryRun: true })).counts).to.include({ refuse: 1 });
    await world.access.notices.put({
      network: 'proche',
      version: 'papier-2019',
      title: 'Notice',
      text: 'Ancien',
      fromMs: 0,
    });
    expect((await importRows([refused])).counts).to.include({ add: 1 });
  });

  it('keeps in the history what each line said, whatever is said later', async () => {
    const row = {
      ...OPEN,
      patient_key: newKey(),
      parties: [{ account: 'marc', to: '2027-01-01T00:00:00.000Z' }],
    };
    const [first, second] = ['2026-01-05T08:00:00.000Z', '2026-02-03T08:00:00.000Z'];
    await importRows([{ ...row, informed_at: first, consented_at: first }]);
    await importRows([{ ...row, informed_at: second, consented_at: second, parties: [] }]);
    const { json } = await world.send('GET', `/access/v1/records/${row.patient_key}/history`);
    const said = { creator: 'claire', informed_at: first, consented_at: first, parties: row.parties };
    expect((json['events'] as { stated?: object }[]).map(({ stated }) => stated)).to.deep.equal([
      said,
      { creator: 'claire', informed_at: second, consented_at: second },
    ]);
  });

  it('goes on where it was stopped', async () => {
    const rows = Array.from({ length: 200 }, () => ({ ...OPEN, patient_key: newKey() }));
    const lines = bulk.importLines(linesOf(rows));
    for (let done = 0; done < 70; done += 1) await lines.next();
    await lines.return({ add: 0, change: 0, same: 0, refuse: 0 });
    const { counts } = await importRows(rows);
    expect(counts.add + counts.same).to.equal(200);
    expect(counts.same).to.be.at.least(70);
    expect((await importRows(rows, { fromLine: 151 })).counts).to.include({ same: 50, add: 0 });
  });

  it('makes one record of fifty lines about one patient', async () => {
    const key = newKey();
    const accounts = ['claire', 'marc', 'hugo', 'sophie', 'expert'];
    const rows = Array.from({ length: 50 }, (_, index) => ({
      ...OPEN,
      patient_key: key,
      parties: [{ account: accounts[index % accounts.length] }],
    }));
    const { counts } = await importRows(rows);
    expect(counts).to.include({ add: 1, refuse: 0 });
    for (const account of ['marc', 'hugo', 'sophie'])
      expect(await codeOf(account, key)).to.equal('permitted_party');
  });

  it('is what the export of the same network writes, by keys alone', async () => {
    await importRows([{ ...OPEN, ins: INS, oppositions: [{ account: 'hugo', emergency: true }] }]);
    const lines: string[] = [];
    for await (const line of bulk.exportLines('cancerologie')) lines.push(line);
    expect(lines).not.to.have.length(0);
    expect(lines.join('\n')).not.to.match(/2690549588157|Vauquelin/iu);
    const { counts } = await importRows(lines);
    expect(counts).to.deep.equal({ add: 0, change: 0, same: lines.length, refuse: 0 });
  });
});
