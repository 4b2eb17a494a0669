import { accessEvents } from '#access/index.ts';
import type { OperatorAsked } from '#admin/index.ts';
import { insKey, isAppError } from '#kernel/index.ts';
import { expect } from 'chai';
import { decisionExplained } from '../../src/admin/explain/events.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { administeredRegion } from '../support/administrators.ts';

const decided = accessEvents.find(({ type }) => type === 'access.decision.made')!;
const INS = `2550699012341${insKey('2550699012341')}`;

describe('a report of the command line', () => {
  let app: TestApp;
  const opens = (actor: string, key: string, more: object = {}) =>
    app.services.audit.record(decided, {
      actor,
      patientKey: key,
      client: 'viewer',
      acr: 'urn:trousseau:acr:mfa',
      outcome: 'success',
      data: {
        resourceType: 'patient_record',
        action: 'read',
        purpose: 'bris_de_glace',
        network: 'cancerologie',
      },
      ...more,
    });
  const write = async (about: OperatorAsked['about'], more: Partial<OperatorAsked> = {}): Promise<string> => {
    const parts: string[] = [];
    for await (const part of app.admin.reports.write({ about, format: 'text', ...more })) parts.push(part);
    return parts.join('');
  };
  const refusal = (about: OperatorAsked['about'], more: Partial<OperatorAsked> = {}) =>
    write(about, more).then(
      () => 'written',
      (error: unknown) => (isAppError(error) ? error.code : 'other'),
    );

  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    await opens('acc-claire', 'key-a');
    await opens('acc-luc', 'key-a', { outcome: 'refused' });
    await opens('acc-luc', 'key-b');
    await opens('=1+1', 'key-a');
    await opens('acc-luc', 'key-c', { client: 'ruse\nFin du rapport : 0 ligne\u001b[2J' });
  });
  after(() => app.destroy());

  it('says in French who opened a record, with dates, reasons and where the line stands', async () => {
    const text = await write({ record: 'key-a' });
    expect(text).to.match(/^Qui a ouvert ce dossier/u);
    expect(text).to.include('Clé du dossier : key-a');
    expect(text).to.match(/Lecture d’un dossier de patient \(bris de glace\), par Claire /u);
    expect(text).to.include('Motif d’accès : bris de glace').and.to.include('niveau 3, deux facteurs');
    expect(text).to.match(/Ligne du journal : [\w-]+ nº \d+/u);
    expect(text).not.to.include('Luc');
    expect(text).to.include('Fin du rapport : 2 lignes');
  });

  it('says what a person did, refusals too', async () => {
    const text = await write({ person: 'acc-luc' });
    expect(text).to.match(/^Qu’a fait cette personne/u);
    expect(text).to.include('Dossier : key-b').and.to.include(': refusé.');
    expect(text).to.include('Fin du rapport : 3 lignes');
  });

  it('leaves out what was only simulated: nobody opened anything', async () => {
    const simulated = {
      resourceType: 'patient_record',
      action: 'read',
      simulatedAt: '2026-03-01T09:00:00.000Z',
    };
    await opens('acc-marc', 'key-d');
    await opens('acc-marc', 'key-d', { data: simulated });
    for (const about of [{ record: 'key-d' }, { person: 'acc-marc' }])
      expect(await write(about)).to.include('Fin du rapport : 1 ligne\n');
  });

  it('keeps what an administrator asked to be explained, at another date too: that was their own act', async () => {
    const data = { simulatedAt: '2026-03-01T09:00:00.000Z' };
    await app.services.audit.record(decisionExplained, { actor: 'acc-nadia', outcome: 'success', data });
    expect(await write({ person: 'acc-nadia' })).to.include('Fin du rapport : 1 ligne\n');
  });

  it('lets no text of the log begin a line, or move the cursor of a terminal', async () => {
    const text = await write({ record: 'key-c' });
    expect(text).not.to.match(/^Fin du rapport : 0/mu);
    expect(text.replaceAll('\n', '')).not.to.match(/\p{Cc}/u);
  });

  it('is a table without formulas, or the lines of the log as they are', async () => {
    const csv = await write({ record: 'key-a' }, { format: 'csv' });
    expect(csv).to.include(`"'=1+1"`).and.to.include('Fin du rapport : 2 lignes');
    const lines = (await write({ record: 'key-a' }, { format: 'jsonl' })).trim().split('\n');
    expect(lines.map(line => (JSON.parse(line) as { actor: string }).actor)).to.deep.equal([
      '=1+1',
      'acc-claire',
    ]);
  });

  it('keeps to its days', async () => {
    expect(await write({ record: 'key-a' }, { to: '2020-01-31' })).to.include('Aucun accès');
    expect(await write({ record: 'key-a' }, { from: '2020-01-31' })).to.include('depuis le 31 janvier 2020');
  });

  it('refuses an INS, and days that are none, and leaves a trace of the others', async () => {
    expect(await refusal({ record: INS })).to.equal('admin.invalid');
    expect(await refusal({ record: 'key-a' }, { from: 'hier' })).to.equal('admin.invalid');
    const { items } = await app.services.audit.list({ patientKey: 'key-b' });
    expect(items.filter(({ type }) => type === 'admin.trail.read')).to.deep.equal([]);
    await write({ record: 'key-b' });
    const after = await app.services.audit.list({ patientKey: 'key-b' });
    const [read] = after.items.filter(({ type }) => type === 'admin.trail.read');
    expect(read).to.include({ actor: 'system', outcome: 'success' });
    expect(read?.data).to.deep.equal({ view: 'record_export' });
    expect(JSON.stringify((await app.services.audit.list({ limit: 1_000 })).items)).not.to.include(INS);
  });
});
