import { exportAudit, readExcerpt, verifyAudit, type AuditLine } from '#audit/index.ts';
import { expect } from 'chai';
import path from 'node:path';
import { openSegments } from '../../../src/audit/segments.ts';
import { createLogOfDays, type LogOfDays } from './log-of-days.ts';

const MONTHS = { technicalMonths: 6, signinMonths: 12, accessMonths: 36, administrationMonths: 240 };

describe('retention', () => {
  let log: LogOfDays;

  const typesOf = async (time: string) =>
    [...new Set((await log.all({ time })).map(({ type }) => type))].sort();
  const dropped = async () => (await log.all()).filter(({ type }) => type === 'audit.lines.dropped');
  const at = (day: string) => log.clock.setMs(Date.parse(`${day}T09:00:00.000Z`));

  /** Two days of March 2026, sealed and settled. */
  beforeEach(async () => {
    log = await createLogOfDays(MONTHS);
    await log.writeDay();
    log.nextDay();
    await log.writeDay();
    log.nextDay(4);
    await log.keep();
  });
  afterEach(() => log.destroy());

  it('drops the lines of each category after its months, never before', async () => {
    at('2026-09-03');
    expect(await log.audit.keep()).to.include({ droppedLines: 0 });
    at('2026-09-04');
    // Three of the service's work and the opening of the chain.
    expect(await log.audit.keep()).to.include({ droppedLines: 4 });
    log.clock.advance(120);
    expect(await typesOf('2026-03-03')).to.deep.equal(['access.record.opened', 'signin.session.opened']);
    expect(await typesOf('2026-03-04')).to.include('jobs.job.started');
    at('2029-03-20');
    await log.keep();
    expect(await typesOf('2026-03-03')).to.deep.equal([]);
    expect(await log.all({ patientKey: 'k-0' })).to.deep.equal([]);
  });

  it('says in the log what it dropped, by which rule', async () => {
    at('2026-09-05');
    await log.keep();
    const told = await dropped();
    expect(
      told.map(({ data }) => [data?.['day'], data?.['dropped'], data?.['months'], data?.['lines']]),
    ).to.deep.equal([
      ['2026-03-03', 'technical', 6, 4],
      ['2026-03-04', 'technical', 6, 3],
    ]);
  });

  it('leaves what remains proven, in the store, in an export and in an excerpt', async () => {
    for (const day of ['2026-09-05', '2027-03-06', '2029-03-20']) {
      at(day);
      await log.keep();
      const report = await log.verify();
      expect(report.findings, day).to.deep.equal([]);
      expect(report.droppedLines).to.be.greaterThan(0);
      const publicKeys = [await log.audit.publicKey()];
      const file = path.join(log.dataDir, `${day}.jsonl`);
      await exportAudit(log.store, file);
      const exported = await verifyAudit({ from: { file }, publicKeys });
      expect(exported).to.deep.include({ findings: [], droppedLines: report.droppedLines });
      const excerpt = readExcerpt(log.store, { fromMs: Date.parse('2026-03-04T00:00Z') });
      expect((await verifyAudit({ from: { excerpt }, publicKeys })).findings, day).to.deep.equal([]);
    }
  });

  it('makes fewer of the gaps as more is dropped, and ends with one a chain', async () => {
    at('2029-03-20');
    await log.keep();
    const file = path.join(log.dataDir, 'export.jsonl');
    await exportAudit(log.store, file);
    const report = await verifyAudit({ from: { file }, publicKeys: [await log.audit.publicKey()] });
    expect(report).to.include({ isIntact: true, droppedLines: 19 + 2 });
  });

  it('never touches lines that still lie where they were written', async () => {
    await log.writeDay();
    const before = (await log.all({ time: '2026-03-08' })).length;
    log.clock.setMs(Date.parse('2026-03-09T09:00:00.000Z'));
    await log.audit.keep();
    const { items } = await openSegments(log.store).list('time', { prefix: '2026-03-08', limit: 1_000 });
    expect(items.flatMap(({ lines }): readonly AuditLine[] => lines)).to.have.lengthOf(before);
  });
});
