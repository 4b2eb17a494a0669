import { expect } from 'chai';
import { frenchDate, frenchDateTime, frenchDateTimeSeconds } from '#kernel/index.ts';

describe('French dates', () => {
  const at = (text: string) => Date.parse(text);

  it('write the first of a month as an ordinal, and no other day', () => {
    expect(frenchDate(at('2026-01-01T12:00:00Z'))).to.equal('1er janvier 2026');
    expect(frenchDate(at('2026-01-11T12:00:00Z'))).to.equal('11 janvier 2026');
    expect(frenchDate(at('2026-01-21T12:00:00Z'))).to.equal('21 janvier 2026');
  });

  it('are of Paris, with the hour where it is asked for', () => {
    expect(frenchDateTime(at('2026-07-31T22:05:09Z'))).to.equal('1er août 2026 à 00:05');
    expect(frenchDateTimeSeconds(at('2026-12-01T07:30:05Z'))).to.equal('1er décembre 2026 à 08:30:05');
  });
});
