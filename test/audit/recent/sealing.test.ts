import { createAudit, type AuditLog } from '#audit/index.ts';
import { expect } from 'chai';
import { concerns } from '../../../src/audit/line.ts';
import { openBlocks } from '../../../src/audit/recent/blocks.ts';
import { createLogOfDays, DAY_SECONDS, SETTLING_SECONDS, type LogOfDays } from '../sealed/log-of-days.ts';
import { listAll, placesOf } from './recent-log.ts';

describe('lines that are being sealed', function () {
  this.timeout(60_000);
  let log: LogOfDays;
  let reader: AuditLog;
  beforeEach(async () => {
    log = await createLogOfDays();
    reader = createAudit({ store: log.store, clock: log.clock });
  });
  afterEach(() => log.destroy());

  const inOrder = (places: readonly string[]) => [...places].sort();

  /** By who has read before, and by who reads for the first time. */
  async function expectToFindAll(): Promise<void> {
    const lines = await log.all({ limit: 1_000 });
    const fresh = createAudit({ store: log.store, clock: log.clock });
    for (const on of [reader, fresh]) {
      for (const account of ['acc-7', 'acc-399'])
        expect(inOrder(placesOf(await listAll(on, { account }, 50)))).to.deep.equal(
          inOrder(placesOf(lines.filter(line => concerns(line, account)))),
        );
      const found = await listAll(on, { patientKey: 'k-1' }, 200);
      expect(inOrder(placesOf(found))).to.deep.equal(
        inOrder(placesOf(lines.filter(({ patientKey }) => patientKey === 'k-1'))),
      );
    }
  }

  it('are found all along, once, and leave no block behind', async () => {
    const chain = (await log.all())[0]?.chain ?? '';
    for (let day = 0; day < 5; day++) {
      await log.writeDay(400);
      log.clock.advance(DAY_SECONDS - SETTLING_SECONDS);
      await log.audit.keep();
      await expectToFindAll();
      await reader.list({ account: 'acc-1' });
      log.clock.advance(SETTLING_SECONDS);
      await log.audit.keep();
      await expectToFindAll();
    }
    const isThere = await Promise.all(
      [0, 1, 2, 3, 4].map(async number => (await openBlocks(log.store).get(chain, number)) !== null),
    );
    // The lines of the first three days are in sealed days only: 3,600 and some.
    expect(isThere).to.deep.equal([false, false, false, true, true]);
  });

  it('are found by who learnt of the sealed days just before, and had not looked for anybody yet', async () => {
    await log.writeDay(500);
    await log.reopen();
    log.nextDay(4);
    await reader.list({});
    expect((await log.audit.keep()).sealedDays).to.equal(1);
    await expectToFindAll();
  });

  it('are found where they are when their chain has ended', async () => {
    await log.writeDay(500);
    await expectToFindAll();
    await log.reopen();
    for (let day = 0; day < 4; day++) {
      log.nextDay();
      await log.keep();
      await expectToFindAll();
    }
  });
});
