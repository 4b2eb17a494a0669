import { createAudit } from '#audit/index.ts';
import { expect } from 'chai';
import { openSealed } from '../../../src/audit/sealed/collections.ts';
import { openSegments } from '../../../src/audit/segments.ts';
import { createDyingStore } from './dying-store.ts';
import { createLogOfDays, SETTLING_SECONDS, type LogOfDays } from './log-of-days.ts';

const MONTHS = { technicalMonths: 6, signinMonths: 6, accessMonths: 36, administrationMonths: 240 };

describe('sealing and retention, killed at any write', () => {
  let log: LogOfDays;
  before(async () => {
    log = await createLogOfDays(MONTHS);
    for (let day = 0; day < 3; day++) {
      await log.writeDay(2);
      log.nextDay();
    }
    log.nextDay(3);
  });
  after(() => log.destroy());

  /** Runs the job in processes that die at their first write, their second, and so on, until one lives. */
  async function dieAtEveryWrite(check: () => Promise<void>): Promise<number> {
    const { store, clock } = log;
    for (let n = 1; ; n++) {
      const dying = createDyingStore(store, n);
      const process = createAudit({ store: dying.store, clock, settings: MONTHS });
      await process.keep().catch(() => undefined);
      await check();
      if (!dying.isDead()) return n;
      clock.advance(SETTLING_SECONDS);
    }
  }

  const opened = async () =>
    (await log.all({ account: 'acc-1' }))
      .filter(({ type }) => type === 'access.record.opened')
      .map(({ at, hash }) => `${at} ${hash}`)
      .sort();

  it('loses nothing, doubles nothing, and ends with the work done', async () => {
    const before = await opened();
    const check = async () => {
      expect(await opened()).to.deep.equal(before);
      expect((await log.verify()).findings).to.deep.equal([]);
    };
    expect(await dieAtEveryWrite(check)).to.be.greaterThan(10);
    log.clock.advance(SETTLING_SECONDS);
    await log.keep();
    const { items } = await openSegments(log.store).list('time', { prefix: '2026-03-0', limit: 100 });
    expect(items.filter(({ lines }) => (lines[0]?.at ?? '') < '2026-03-06')).to.deep.equal([]);

    log.nextDay(190);
    expect(await dieAtEveryWrite(check)).to.be.greaterThan(10);
    const report = await log.verify();
    expect(report.droppedLines).to.be.greaterThan(12);
    expect(report.findings).to.deep.equal([]);
  });

  it('leaves no edition behind that no day names', async () => {
    log.nextDay(2);
    await log.keep();
    log.nextDay(2);
    await log.keep();
    const { days, editions, leaves } = openSealed(log.store);
    for (const { id, day } of (await editions.list('all', { key: 'all', limit: 1_000 })).items) {
      const isInForce = (await days.get(day))?.edition === id;
      const { items } = await leaves.list('edition', { key: id, limit: 1 });
      expect(isInForce, id).to.equal(items.length > 0);
    }
  });
});
