import { expect } from 'chai';
import fc from 'fast-check';
import { createPackedTable } from '../../src/access/facts/image/packed-table.ts';

const NETWORKS = ['one', 'two'];
const YEAR_3000_MS = 32_503_680_000_000;
/** Unsigned seconds end in 2106: what lies beyond ends there. */
const LAST_MS = 0xffffffff * 1000;

const packed = fc.record({
  flags: fc.nat(7),
  untilMs: fc.oneof(fc.nat(YEAR_3000_MS), fc.constant(Number.POSITIVE_INFINITY)),
  words: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 40 }),
});

const change = fc.record({
  network: fc.constantFrom(...NETWORKS),
  // Few enough names that they are set, removed and set again.
  name: fc.nat(60).map(number => `name-${number}`),
  to: fc.option(packed),
});

describe('a table of packed facts', () => {
  it('answers as a map does, after any changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), changes => {
        const table = createPackedTable();
        const map = new Map<string, { flags: number; untilMs: number; words: readonly number[] }>();
        for (const { network, name, to } of changes) {
          if (to) table.set(network, name, to);
          else table.delete(network, name);
          if (to) map.set(`${network} ${name}`, to);
          else map.delete(`${network} ${name}`);
        }
        expect(table.size()).to.equal(map.size);
        for (const network of NETWORKS)
          for (let number = 0; number <= 60; number += 1) {
            const kept = map.get(`${network} name-${number}`);
            expect(table.find(network, `name-${number}`)).to.equal(kept !== undefined);
            if (!kept) continue;
            expect([...table.words.subarray(table.start, table.end)]).to.deep.equal(kept.words);
            expect(table.flags).to.equal(kept.flags);
            if (kept.untilMs === Number.POSITIVE_INFINITY) expect(table.untilMs).to.equal(kept.untilMs);
            // Never later, and less than a second earlier.
            else expect(Math.min(kept.untilMs, LAST_MS) - table.untilMs).to.be.within(0, 999);
          }
      }),
    );
  });

  it('keeps names apart that differ in one unit, of any length and alphabet', () => {
    const table = createPackedTable();
    const units = ['', 'a', 'b', 'é', 'ÿ', 'Ā', 'ā', '\u6100', '\0'];
    const names = units.flatMap(one =>
      units.flatMap(two => units.flatMap(three => [one + two + three, `pk1-${one}abc${two}def${three}`])),
    );
    const distinct = [...new Set(names)];
    for (const [index, name] of distinct.entries())
      table.set('one', name, { flags: 0, untilMs: Infinity, words: [index] });
    expect(table.size()).to.equal(distinct.length);
    for (const [index, name] of distinct.entries()) {
      expect(table.find('one', name)).to.equal(true);
      expect(table.words[table.start]).to.equal(index);
    }
  });

  it('keeps what it holds while it grows, and the places of two names apart', () => {
    const table = createPackedTable();
    const words = (number: number) => Array.from({ length: number % 9 }, (_, at) => number + at);
    for (let number = 0; number < 50_000; number += 1)
      table.set('one', `name-${number}`, { flags: number % 4, untilMs: Infinity, words: words(number) });
    for (let number = 0; number < 50_000; number += 1) {
      expect(table.find('one', `name-${number}`)).to.equal(true);
      expect(table.words.subarray(table.start, table.end).join()).to.equal(words(number).join());
    }
    expect(table.find('two', 'name-1')).to.equal(false);
    table.clear();
    expect(table.find('one', 'name-1')).to.equal(false);
    expect(table.size()).to.equal(0);
  });
});
