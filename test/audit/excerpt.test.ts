import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createAudit,
  defineEvent,
  readExcerpt,
  verifyAudit,
  type AuditLog,
  type ExcerptPart,
} from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

const noted = defineEvent('excerpt.test.noted', { category: 'signin', data: ['count'], title: 'Noté' });
const HOUR = 3600;

describe('an excerpt of the log', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let audit: AuditLog;
  let idle: AuditLog;
  let folder: string;
  let startMs: number;
  let publicKey: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-excerpt-'));
    clock = createShiftedClock();
    clock.setMs(Date.UTC(2026, 2, 1, 0, 30));
    startMs = clock.nowMs();
    store = await openTestStore({ clock });
    audit = createAudit({ store, clock });
    // An instance that sleeps for most of the time: its chain moved last long before the excerpt begins.
    idle = createAudit({ store, clock });
    await audit.start();
    await idle.start();
    await idle.record(noted, { outcome: 'success', data: { count: 0 } });
    for (let count = 1; count <= 30; count++) {
      await audit.record(noted, { outcome: 'success', data: { count } });
      if (count === 17) await idle.record(noted, { outcome: 'success', data: { count: -17 } });
      await audit.checkpoint();
      clock.advance(HOUR);
    }
    publicKey = await audit.publicKey();
  });
  after(async () => {
    await store.destroy();
    await rm(folder, { recursive: true });
  });

  const hours = (count: number) => startMs + count * HOUR * 1000;
  async function partsOf(from?: number, to?: number): Promise<ExcerptPart[]> {
    const parts: ExcerptPart[] = [];
    const span = { fromMs: from && hours(from), toMs: to && hours(to) };
    for await (const part of readExcerpt(store, span)) parts.push(part);
    return parts;
  }
  const countsOf = (parts: readonly ExcerptPart[]) =>
    parts.flatMap(part => ('line' in part ? (part.line.data?.['count'] ?? []) : []));
  async function verify(parts: readonly ExcerptPart[]) {
    const file = path.join(folder, `${Math.random()}.jsonl`);
    await writeFile(file, parts.map(part => `${JSON.stringify(part)}\n`).join(''));
    return verifyAudit({ from: { file }, publicKeys: [publicKey] });
  }
  const kindsOf = async (parts: readonly ExcerptPart[]) =>
    (await verify(parts)).findings.map(({ kind }) => kind);

  it('holds every line of its time, and verifies by itself, also a chain that had slept', async () => {
    const parts = await partsOf(10, 20);
    expect(countsOf(parts)).to.include.members([11, 12, 13, 14, 15, 16, 17, -17, 18, 19, 20]);
    expect(countsOf(parts)).not.to.include.members([1]);
    expect(parts.length).to.be.lessThan(40);
    const report = await verify(parts);
    expect(report.findings).to.deep.equal([]);
    expect(report.uncoveredLines).to.equal(0);
    expect(Date.parse(report.excerptFrom ?? '')).to.be.within(hours(8), hours(10));
    expect(Date.parse(report.coveredUntil ?? '')).to.be.at.least(hours(20));
  });

  it('is the log itself without a beginning', async () => {
    const parts = await partsOf();
    expect(countsOf(parts)).to.have.length(32);
    expect(await verify(parts)).to.include({ isIntact: true, excerptFrom: null });
  });

  it('is verified from the store as well', async () => {
    const excerpt = readExcerpt(store, { fromMs: hours(25) });
    expect(await verifyAudit({ from: { excerpt }, publicKeys: [publicKey] })).to.include({ isIntact: true });
  });

  it('shows a line that was changed, removed from its middle, its beginning or its end', async () => {
    const parts = await partsOf(10, 20);
    const lines = parts.flatMap((part, at) => ('line' in part ? at : []));
    const main = lines.filter(at => {
      const part = parts[at];
      return part && 'line' in part && part.line.data?.['count'] !== -17;
    });
    const changed = parts.map((part, at) =>
      'line' in part && at === main[3] ? { line: { ...part.line, outcome: 'refused' as const } } : part,
    );
    expect(await kindsOf(changed)).to.include('changed');
    expect(await kindsOf(parts.filter((_, at) => at !== main[3]))).to.deep.equal(['removed']);
    expect(await kindsOf(parts.filter((_, at) => at !== main[0]))).to.deep.equal(['removed']);
    expect(await kindsOf(parts.filter((_, at) => at !== main.at(-1)))).to.deep.equal(['cut']);
  });

  it('shows checkpoints that were taken away, and a beginning that was moved', async () => {
    const parts = await partsOf(10, 20);
    const numbers = parts.flatMap(part => ('checkpoint' in part ? part.checkpoint.number : []));
    const begin = parts.flatMap(part => ('excerpt' in part ? part.excerpt.after : []))[0] ?? 0;
    const without = (number: number) =>
      parts.filter(part => !('checkpoint' in part) || part.checkpoint.number !== number);
    expect(await kindsOf(without(begin))).to.include('checkpoint_missing');
    expect(await kindsOf(without(begin + 3))).to.include('checkpoint_missing');
    // Without the witness of where the sleeping chain stood, its line hangs in the air.
    expect(await kindsOf(without(Math.min(...numbers)))).to.not.deep.equal([]);
    const earlier = parts.map(part => ('excerpt' in part ? { excerpt: { after: begin - 2 } } : part));
    expect(await kindsOf(earlier)).to.include('checkpoint_missing');
    const whole = parts.filter(part => !('excerpt' in part));
    expect(await kindsOf(whole)).to.include('checkpoint_missing');
    // Later: what it then says is true, and it says since when.
    const later = parts.map(part => ('excerpt' in part ? { excerpt: { after: begin + 2 } } : part));
    expect((await verify(later)).excerptFrom).not.to.equal((await verify(parts)).excerptFrom);
  });
});
