import { expect } from 'chai';
import { createInterner } from '../../src/access/facts/image/interner.ts';

describe('names as numbers', () => {
  it('are the same at each call, from 0 on, and each name has its own, while they grow', () => {
    const interner = createInterner();
    const names = Array.from({ length: 20_000 }, (_, index) => `name-${index}`);
    for (const [number, name] of names.entries()) {
      expect(interner.intern(name)).to.equal(number);
      expect(interner.intern(name)).to.equal(number);
    }
    for (const [number, name] of names.entries()) expect(interner.intern(name)).to.equal(number);
  });
});
