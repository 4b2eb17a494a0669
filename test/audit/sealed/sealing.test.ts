import { exportAudit, readExcerpt, verifyAudit, type AuditLine } from '#audit/index.ts';
import { isAppError } from '#kernel/index.ts';
import { expect } from 'chai';
import path from 'node:path';
import { openSegments } from '../../../src/audit/segments.ts';
import { createLogOfDays, DAY_SECONDS, type LogOfDays } from './log-of-days.ts';

describe('sealed days', () => {
  let log: LogOfDays;
  let earlier: readonly AuditLine[];

  const isSealing = ({ type }: AuditLine) => type === 'audit.day.sealed';
  const idsOf = (lines: readonly AuditLine[]) =>
    lines.map(({ chain, seq, hash }) => `${chain} ${seq} ${hash}`);
  const ordered = (lines: readonly AuditLine[]) =>
    [...lines].sort((a, b) => (`${a.chain}${a.seq + 1e6}` < `${b.chain}${b.seq + 1e6}` ? -1 : 1));
  const written = async () =>
    (await openSegments(log.store).list('time', { prefix: '2026-03-0', limit: 1_000 })).items.length;

  /** Three days by one process, three by another; then the days are over, and what was sealed has moved. */
  before(async () => {
    log = await createLogOfDays();
    for (let day = 0; day < 3; day++) {
      await log.writeDay();
      log.nextDay();
    }
    await log.reopen();
    for (let day = 0; day < 3; day++) {
      await log.writeDay();
      log.nextDay();
    }
    log.nextDay(5);
    earlier = await log.all();
    await log.keep();
  });
  after(() => log.destroy());

  it('leave nothing of their lines where they were written', async () => {
    expect(await written()).to.equal(0);
    expect((await log.all()).filter(isSealing)).to.have.lengthOf(6);
  });

  it('give the very lines that were written, to every reader', async () => {
    const after = (await log.all()).filter(line => !isSealing(line));
    expect(ordered(after)).to.deep.equal(ordered(earlier));
    const backwards: AuditLine[] = [];
    let next: string | undefined;
    do {
      const page = await log.audit.backwards({ limit: 7, after: next });
      backwards.push(...page.items);
      next = page.next;
    } while (next !== undefined);
    expect(idsOf(ordered(backwards.filter(line => !isSealing(line))))).to.deep.equal(idsOf(ordered(earlier)));
    const forwards: AuditLine[] = [];
    const span = { fromMs: Date.parse('2026-03-03T00:00Z'), toMs: Date.parse('2026-03-09T00:00Z') };
    for await (const line of log.audit.forwards(span)) forwards.push(line);
    expect(idsOf(ordered(forwards))).to.deep.equal(idsOf(ordered(earlier)));
  });

  it('are found by person and by patient key, page by page', async () => {
    const about = (await log.all({ patientKey: 'k-0', limit: 3 })).map(({ seq, chain }) => `${chain} ${seq}`);
    expect(new Set(about).size).to.equal(12);
    expect(about).to.have.lengthOf(12);
    expect(await log.all({ account: 'acc-1', time: '2026-03-04' })).to.have.lengthOf(2);
    expect(await log.all({ patientKey: 'k-9' })).to.deep.equal([]);
    const newest = await log.audit.newest({ account: 'acc-2', limit: 3, months: 2 });
    expect(newest.map(({ at }) => at.slice(0, 10))).to.deep.equal(['2026-03-08', '2026-03-08', '2026-03-07']);
  });

  it('stay proven, in the store and in an export', async () => {
    const report = await log.verify();
    expect(report).to.deep.include({ isIntact: true, findings: [], sealedDays: 6, droppedLines: 0 });
    expect(report.lines).to.equal(earlier.length + 6);
    const file = path.join(log.dataDir, 'export.jsonl');
    await exportAudit(log.store, file);
    const exported = await verifyAudit({ from: { file }, publicKeys: [await log.audit.publicKey()] });
    expect(exported).to.deep.include({ isIntact: true, lines: report.lines, sealedDays: 6 });
  });

  it('are proven by an excerpt of some of them', async () => {
    const span = { fromMs: Date.parse('2026-03-04T12:00Z'), toMs: Date.parse('2026-03-07T12:00Z') };
    const report = await verifyAudit({
      from: { excerpt: readExcerpt(log.store, span) },
      publicKeys: [await log.audit.publicKey()],
    });
    expect(report).to.deep.include({ isIntact: true, findings: [] });
    expect(report.lines).to.be.greaterThan(27).and.lessThan(earlier.length);
  });

  it('refuse a place in a list that is none', async () => {
    const error: unknown = await log.audit.list({ after: 's~2026~x' }).catch((thrown: unknown) => thrown);
    expect(isAppError(error, 'audit.bad_cursor')).to.equal(true);
  });
});

describe('sealing', () => {
  let log: LogOfDays;
  beforeEach(async () => {
    log = await createLogOfDays();
  });
  afterEach(() => log.destroy());

  it('waits until a day is over, and for its checkpoint', async () => {
    await log.writeDay();
    expect(await log.audit.keep()).to.deep.equal({ sealedDays: 0, droppedLines: 0 });
    log.nextDay(2);
    expect(await log.audit.keep()).to.deep.equal({ sealedDays: 0, droppedLines: 0 });
    log.nextDay();
    expect(await log.audit.keep()).to.deep.equal({ sealedDays: 1, droppedLines: 0 });
    expect(await log.audit.keep()).to.deep.equal({ sealedDays: 0, droppedLines: 0 });
  });

  it('keeps every line once while it lies in both places', async () => {
    await log.writeDay(10);
    const before = await log.all();
    log.nextDay(3);
    await log.audit.keep();
    log.clock.advance(120);
    const after = await log.all({ limit: 3 });
    expect(after.filter(({ type }) => type !== 'audit.day.sealed')).to.have.deep.members([...before]);
    expect(await log.verify()).to.include({ isIntact: true, lines: before.length + 1 });
  });

  it('happens once, of as many as begin at the same instant', async () => {
    await log.writeDay();
    const before = await log.all();
    log.nextDay(3);
    const reports = await Promise.all(Array.from({ length: 50 }, () => log.audit.keep()));
    expect(reports.reduce((sum, { sealedDays }) => sum + sealedDays, 0)).to.equal(1);
    await log.keep();
    log.clock.advance(2 * DAY_SECONDS);
    await log.keep();
    expect((await log.all()).filter(({ type }) => type !== 'audit.day.sealed')).to.have.lengthOf(
      before.length,
    );
    expect(await log.verify()).to.include({ isIntact: true });
  });

  it('takes lines that came too late for their day with the next', async () => {
    await log.writeDay();
    log.nextDay(3);
    await log.keep();
    // A process whose clock stood still: its lines are of a day that is sealed.
    log.clock.setMs(Date.parse('2026-03-03T20:00:00.000Z'));
    await log.reopen();
    await log.writeDay();
    log.clock.setMs(Date.parse('2026-03-04T20:00:00.000Z'));
    await log.writeDay();
    const before = await log.all();
    log.clock.setMs(Date.parse('2026-03-12T20:00:00.000Z'));
    await log.keep();
    const later = (await log.all()).filter(({ at }) => at < '2026-03-06');
    expect(later).to.have.lengthOf(before.filter(({ at }) => at < '2026-03-06').length);
    expect(await log.all({ account: 'acc-0', time: '2026-03-03' })).to.have.lengthOf(4);
    expect((await log.verify()).findings).to.deep.equal([]);
  });
});
