import { createAudit, defineEvent } from '#audit/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { openTestStore } from '../support/store.ts';

const wanted = defineEvent('newest.test.wanted', { category: 'signin', data: ['count'], title: 'Cherché' });
const other = defineEvent('newest.test.other', { category: 'signin', data: [], title: 'Autre' });
const DAY = 86_400;
const ACCOUNT = { account: 'acc-1', outcome: 'success' } as const;

describe('the newest lines about an account, among many', () => {
  it('are not looked for behind two thousand groups of others', async () => {
    const clock = createShiftedClock();
    clock.setMs(Date.UTC(2026, 2, 1, 10));
    const store = await openTestStore({ clock });
    const audit = createAudit({ store, clock });
    await audit.start();
    const write = (count: number) => audit.record(wanted, { ...ACCOUNT, data: { count } });
    const noise = async (times: number) => {
      for (let at = 0; at < times; at++) await audit.record(other, ACCOUNT);
    };
    const newest = async () =>
      (await audit.newest({ account: 'acc-1', type: 'newest.test.wanted', limit: 10, months: 2 })).map(
        ({ data }) => data?.['count'],
      );
    try {
      await write(1);
      clock.advance(DAY);
      await noise(1900);
      expect(await newest()).to.deep.equal([1]);
      clock.advance(DAY);
      await noise(200);
      expect(await newest()).to.deep.equal([]);
      await write(2);
      expect(await newest()).to.deep.equal([2]);
    } finally {
      await store.destroy();
    }
  });
});
