import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAudit, exportAudit, readExcerpt, verifyAudit } from '#audit/index.ts';
import { expect } from 'chai';
import { openMarks, readCheckpoints, removeCheckpoint } from '../../../src/audit/checkpoints.ts';
import { openSealed } from '../../../src/audit/sealed/collections.ts';
import { openSpans, readSpans, type StoredSpan } from '../../../src/audit/spans.ts';
import { createDyingStore } from './dying-store.ts';
import { createLogOfDays, SETTLING_SECONDS, signedIn, type LogOfDays } from './log-of-days.ts';

/** Checkpoints of days that are sealed: one a minute would outlive by far the lines that they prove. */
describe('checkpoints of sealed days', () => {
  let log: LogOfDays;
  let folder: string;
  /** A chain that begins and ends within one morning: later checkpoints do not name it. */
  const brief = { chain: '', lines: 0 };
  /** The numbers before thinning, by day. */
  const numbers = new Map<string, number[]>();

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'audit-thinning-'));
    log = await createLogOfDays();
    const morning = createAudit({ store: log.store, clock: log.clock });
    await morning.start();
    await morning.record(signedIn, { actor: 'acc-9', outcome: 'success' });
    await morning.close();
    const written = (await log.all({ account: 'acc-9' }))[0];
    Object.assign(brief, { chain: written?.chain, lines: (written?.seq ?? 0) + 1 });
    // An instance that sleeps from that day until the last: an excerpt needs to know where its chain stood.
    const sleeper = createAudit({ store: log.store, clock: log.clock });
    await sleeper.start();
    await sleeper.record(signedIn, { actor: 'acc-8', outcome: 'success' });
    for (let day = 0; day < 4; day++) {
      for (let hour = 0; hour < 4; hour++) {
        await log.writeDay(1);
        log.clock.advance(3_600);
      }
      log.clock.advance(20 * 3_600);
      if (day === 2) await sleeper.record(signedIn, { actor: 'acc-8', outcome: 'success' });
    }
    for await (const { at, number } of readCheckpoints(log.store))
      numbers.set(at.slice(0, 10), [...(numbers.get(at.slice(0, 10)) ?? []), number]);
  });
  after(async () => {
    await log.destroy();
    await rm(folder, { recursive: true });
  });

  const kept = async () => {
    const all: number[] = [];
    for await (const { number } of readCheckpoints(log.store)) all.push(number);
    return all;
  };
  const withoutFiles = async () =>
    verifyAudit({ from: { store: log.store }, publicKeys: [await log.audit.publicKey()] });
  const verifyExcerpt = async (from: string, to?: string) =>
    verifyAudit({
      from: {
        excerpt: readExcerpt(log.store, { fromMs: Date.parse(from), ...(to && { toMs: Date.parse(to) }) }),
      },
      publicKeys: [await log.audit.publicKey()],
    });

  it('give way to one a day and a signed span, whichever write a run dies at, and the log stays proven', async () => {
    const { store, clock } = log;
    for (let n = 1, isDead = true; isDead; n++) {
      const dying = createDyingStore(store, n);
      await createAudit({ store: dying.store, clock })
        .keep()
        .catch(() => undefined);
      expect((await log.verify()).findings, `write ${n}`).to.deep.equal([]);
      isDead = dying.isDead();
    }
    // Removed only once whoever began to read before has read.
    const [first] = [...numbers.values()];
    expect(await kept()).to.include.members(first ?? []);
    clock.advance(SETTLING_SECONDS);
    for (let n = 1, isDead = true; isDead; n++) {
      const dying = createDyingStore(store, n);
      await createAudit({ store: dying.store, clock })
        .keep()
        .catch(() => undefined);
      expect((await withoutFiles()).findings, `write ${n}`).to.deep.equal([]);
      isDead = dying.isDead();
    }
    for (const day of ['2026-03-03', '2026-03-04']) {
      const ofDay = numbers.get(day) ?? [];
      expect(ofDay.length).to.be.greaterThan(3);
      expect((await kept()).filter(number => ofDay.includes(number))).to.deep.equal(ofDay.slice(-1));
    }
    const today = numbers.get('2026-03-06') ?? [];
    expect(await kept()).to.include.members(today);
  });

  it('are witnesses again where a file kept them', async () => {
    const { findings, checkpoints } = await log.verify();
    expect(findings).to.deep.equal([]);
    expect(checkpoints).to.be.greaterThan((await withoutFiles()).checkpoints);
  });

  it('leave an excerpt of thinned days, and of days after them, proven', async () => {
    for (const from of ['2026-03-03T09:30Z', '2026-03-04T09:30Z', '2026-03-05T00:00Z', '2026-03-06T10:00Z'])
      for (const to of ['2026-03-04T10:00Z', '2026-03-05T12:00Z', undefined]) {
        if (to !== undefined && to < from) continue;
        const { findings, lines } = await verifyExcerpt(from, to);
        expect(findings, `${from} ${to}`).to.deep.equal([]);
        expect(lines, `${from} ${to}`).to.be.greaterThan(0);
      }
  });

  it('leave an export that is proven without the store, and not without its spans', async () => {
    const file = path.join(folder, 'log.jsonl');
    await exportAudit(log.store, file);
    const publicKeys = [await log.audit.publicKey()];
    expect((await verifyAudit({ from: { file }, publicKeys })).findings).to.deep.equal([]);
    expect((await readFile(file, 'utf8')).match(/^\{"span":/gmu)).to.have.length.greaterThan(1);
  });

  describe('of which somebody who can write the store', () => {
    let stored: StoredSpan;
    before(async () => {
      stored = (await openSpans(log.store).list('number', { prefix: '', limit: 1 })).items[0]!;
    });
    afterEach(() => openSpans(log.store).put(stored));
    const places = async () => (await withoutFiles()).findings.map(({ kind, place }) => `${kind} ${place}`);
    const ofSpan = () => `checkpoint ${stored.span.from} to ${stored.span.to}`;

    it('takes a span away: its checkpoints are missing', async () => {
      await openSpans(log.store).remove(stored.id);
      expect(await places()).to.include(`checkpoint_missing ${ofSpan()}`);
    });

    it('makes a span longer: nobody has signed it', async () => {
      await openSpans(log.store).put({ ...stored, span: { ...stored.span, to: stored.span.to + 1 } });
      expect(await places()).to.include.members([
        `checkpoint_unsigned checkpoint ${stored.span.from} to ${stored.span.to + 1}`,
        `checkpoint_missing ${ofSpan()}`,
      ]);
    });

    it('takes the day away with a chain that only a span still names: it is cut', async () => {
      const { days } = openSealed(log.store);
      const day = (await days.get('2026-03-03'))!;
      await days.remove(day.id);
      expect(await places()).to.include(`cut chain ${brief.chain}, line 1 to ${brief.lines}`);
      await days.insert(day);
    });
  });

  it('stay when another key has signed them, which is no fault', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const other = await createLogOfDays({ key: privateKey });
    const errors: string[] = [];
    const logger = { info: () => {}, error: (_about: object, words: string) => void errors.push(words) };
    try {
      for (let hour = 0; hour < 3; hour++) await other.writeDay(1);
      other.nextDay(4);
      await other.writeDay(1);
      const settings = { key: generateKeyPairSync('ed25519').privateKey };
      const changed = createAudit({ store: other.store, clock: other.clock, settings, logger });
      await changed.start();
      await changed.keep();
      expect(errors).to.deep.equal([]);
      expect(await readSpans(other.store)).to.deep.equal([]);
      expect((await openMarks(other.store).get('thinned'))?.number).to.be.greaterThan(2);
    } finally {
      await other.destroy();
    }
  });

  it('stay when one of their day was altered, which is named as before', async () => {
    log.nextDay(4);
    const day = numbers.get('2026-03-06') ?? [];
    const victim = day[1] ?? 0;
    await removeCheckpoint(log.store, victim);
    await log.keep();
    await log.keep();
    expect((await openMarks(log.store).get('thinned'))?.number).to.be.at.least(day.at(-1) ?? 0);
    expect(await kept()).to.include.members(day.filter(number => number !== victim));
    expect((await withoutFiles()).findings).to.deep.equal([
      { kind: 'checkpoint_missing', place: `checkpoint ${victim}` },
    ]);
  });
});
