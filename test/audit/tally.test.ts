import { createAudit, defineEvent, type AuditLine, type AuditLog } from '#audit/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { createTally } from '../../src/audit/tally.ts';
import { silentLogger } from '../../src/audit/logger.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const counted = defineEvent('access.checks.counted', {
  category: 'technical',
  data: ['code', 'count', 'since'],
  title: 'Contrôles',
});

describe('counted events', () => {
  let store: TestStore;
  let audit: AuditLog;
  const clock = createShiftedClock();
  beforeEach(async () => {
    store = await openTestStore({ clock });
    audit = createAudit({ store, clock });
    await audit.start();
  });
  afterEach(() => store.destroy());

  const entry = (code: string) => ({ client: 'dcc', outcome: 'success' as const, data: { code } });
  const lines = async (): Promise<readonly AuditLine[]> =>
    (await audit.list({ limit: 1_000 })).items.filter(({ type }) => type === counted.type);
  const until = async (check: () => Promise<boolean>) => {
    for (const end = Date.now() + 20_000; Date.now() < end && !(await check());)
      await new Promise(resolve => setTimeout(resolve, 10));
  };

  it('are one line for equal ones, with how many and since when', async () => {
    const tally = createTally({
      record: (event, said) => audit.record(event, said),
      clock,
      logger: silentLogger,
    });
    for (let n = 0; n < 60; n++) tally.count(counted, entry('permitted_document'));
    tally.count(counted, entry('acr_too_low'));
    expect(await lines()).to.deep.equal([]);
    await tally.flush();
    expect((await lines()).map(({ data }) => [data?.['code'], data?.['count']])).to.deep.equal([
      ['permitted_document', 60],
      ['acr_too_low', 1],
    ]);
    await tally.flush();
    expect(await lines()).to.have.lengthOf(2);
  });

  it('are written by themselves when their time is over', async () => {
    const tally = createTally({
      record: (event, said) => audit.record(event, said),
      clock,
      logger: silentLogger,
      windowMs: 5,
    });
    tally.count(counted, entry('permitted_document'));
    await until(async () => (await lines()).length > 0);
    expect(await lines()).to.have.lengthOf(1);
  });

  it('wait while they cannot be written, and are not lost', async () => {
    let isDown = true;
    const tally = createTally({
      record: (event, said) => (isDown ? Promise.reject(new Error('down')) : audit.record(event, said)),
      clock,
      logger: silentLogger,
    });
    tally.count(counted, entry('permitted_document'));
    await tally.flush();
    tally.count(counted, entry('permitted_document'));
    isDown = false;
    await tally.flush();
    expect((await lines()).map(({ data }) => data?.['count'])).to.deep.equal([2]);
  });

  it('are written before the log is closed', async () => {
    audit.count(counted, entry('permitted_document'));
    await audit.close();
    expect(await lines()).to.have.lengthOf(1);
  });

  it('are written early when there are many different ones', async () => {
    for (let n = 0; n <= 1_000; n++) audit.count(counted, entry(`code-${n}`));
    await until(async () => (await lines()).length >= 100);
    await audit.close();
    let all = 0;
    let after: string | undefined;
    do {
      const page = await audit.list({ limit: 1_000, ...(after !== undefined && { after }) });
      all += page.items.filter(({ type }) => type === counted.type).length;
      after = page.next;
    } while (after !== undefined);
    expect(all).to.equal(1_001);
  });
});
