import { expect } from 'chai';
import { listsOf } from '../../../src/methods/card/lists.ts';
import type { ListHealth } from '../../../src/methods/card/revocation/index.ts';

const list: ListHealth = {
  ca: 'AC IGC-SANTE FORT PERSONNES',
  state: 'in_force',
  isAlarming: false,
  thisUpdateAt: 1_800_000_000,
  nextUpdateAt: 1_800_600_000,
  believedUntil: 1_800_700_000,
  entries: 12,
  bytes: 900,
  checkedAt: 1_800_000_100,
  lastError: null,
};

describe('lists of revoked cards, for administrators', () => {
  for (const [about, change, state] of [
    ['in force', {}, 'fresh'],
    ['near its end', { isAlarming: true }, 'ending'],
    ['past its end, in grace', { state: 'in_grace', isAlarming: true }, 'ending'],
    ['past the grace', { state: 'expired', isAlarming: true }, 'ended'],
    ['never read', { state: 'missing', isAlarming: true, thisUpdateAt: null, entries: 0 }, 'ended'],
  ] as const satisfies readonly (readonly [string, Partial<ListHealth>, string])[])
    it(`says that one ${about} is “${state}”`, () => {
      expect(listsOf([{ ...list, ...change }])[0]?.state).to.equal(state);
    });

  it('gives the date and the size of what was read, and neither when nothing was', () => {
    expect(listsOf([list])[0]).to.include({ broughtInMs: 1_800_000_000_000, entries: 12 });
    expect(listsOf([{ ...list, state: 'missing', thisUpdateAt: null, entries: 0 }])[0]).to.include({
      broughtInMs: null,
      entries: null,
    });
  });
});
