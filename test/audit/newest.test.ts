import { createAudit, defineEvent, type AuditLog } from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

const wanted = defineEvent('newest.test.wanted', { category: 'signin', data: ['count'], title: 'Cherché' });
const other = defineEvent('newest.test.other', { category: 'signin', data: [], title: 'Autre' });
const DAY = 86_400;

describe('the newest lines about an account', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let audit: AuditLog;
  beforeEach(async () => {
    clock = createShiftedClock();
    clock.setMs(Date.UTC(2026, 2, 1, 10));
    store = await openTestStore({ clock });
    audit = createAudit({ store, clock });
    await audit.start();
  });
  afterEach(() => store.destroy());

  const write = (count: number, account = 'acc-1') =>
    audit.record(wanted, { account, outcome: 'success', data: { count } });
  const noise = async (times: number, account = 'acc-1') => {
    for (let at = 0; at < times; at++) await audit.record(other, { account, outcome: 'success' });
  };
  const newest = async (limit: number, months = 2) =>
    (await audit.newest({ account: 'acc-1', type: 'newest.test.wanted', limit, months })).map(
      ({ data }) => data?.['count'],
    );

  it('come the newest first, of this account and this type only, and as many as asked for', async () => {
    for (let count = 1; count <= 5; count++) {
      await write(count);
      await write(-count, 'acc-10');
      await noise(2);
      clock.advance(count * 3600);
    }
    expect(await newest(3)).to.deep.equal([5, 4, 3]);
    expect(await newest(50)).to.deep.equal([5, 4, 3, 2, 1]);
  });

  it('are found in months, days, hours and seconds of many events', async () => {
    await write(1);
    clock.advance(40 * DAY);
    await write(2);
    await noise(120);
    clock.advance(DAY);
    await write(3);
    await noise(120);
    clock.advance(3600);
    await noise(120);
    await write(4);
    expect(await newest(10)).to.deep.equal([4, 3, 2, 1]);
  });

  it('are those of so many months, and none when there are none', async () => {
    await write(1);
    clock.advance(70 * DAY);
    expect(await newest(10)).to.deep.equal([]);
    expect(await newest(10, 4)).to.deep.equal([1]);
  });

  it('are of every type that the reader asks for', async () => {
    await write(1);
    await noise(2);
    await write(2);
    const types = (
      await audit.newest({ account: 'acc-1', limit: 2, months: 2, matches: ({ seq }) => seq > 1 })
    ).map(({ type }) => type);
    expect(types).to.deep.equal(['newest.test.wanted', 'newest.test.other']);
  });
});
