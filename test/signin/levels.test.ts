import { expect } from 'chai';
import fc from 'fast-check';
import { ACR, ACR_LADDER, acrRank } from '#kernel/index.ts';
import type { Method } from '#methods/index.ts';
import { amrOf, levelOf, waysTowards } from '#signin/index.ts';

const means = (id: string, init: Pick<Method, 'factor' | 'amr' | 'acrAlone' | 'acrAsSecond'>): Method => ({
  id,
  title: id,
  resistsPhishing: false,
  ...init,
  isAvailableTo: () => true,
  verify: async () => ({ ok: false, code: 'signin.refused' }),
});
const password = means('password', {
  factor: 'knowledge',
  amr: ['pwd'],
  acrAlone: ACR.pwd,
  acrAsSecond: null,
});
const code = means('code', { factor: 'possession', amr: ['otp'], acrAlone: ACR.pwd, acrAsSecond: ACR.code });
const sms = means('sms', { factor: 'possession', amr: ['sms'], acrAlone: ACR.pwd, acrAsSecond: ACR.mfa });
const totp = means('totp', { factor: 'possession', amr: ['otp'], acrAlone: null, acrAsSecond: ACR.mfa });
const card = means('card', { factor: 'possession', amr: ['sc'], acrAlone: ACR.card, acrAsSecond: null });

describe('levels', () => {
  const table: readonly [string, readonly Method[], string | undefined][] = [
    ['nothing', [], undefined],
    ['a password', [password], ACR.pwd],
    ['a code alone, where the region has not raised it', [code], ACR.pwd],
    ['a password, then a code by e-mail', [password, code], ACR.code],
    ['the same two in the other order', [code, password], ACR.code],
    ['a password, then a code by SMS', [password, sms], ACR.mfa],
    ['two codes: one kind of factor is one factor', [code, sms], ACR.pwd],
    ['a card', [card], ACR.card],
    ['a card after a password: the higher counts', [password, card], ACR.card],
  ];
  for (const [name, used, acr] of table) {
    it(`${name} earns ${acr ?? 'none'}`, () => expect(levelOf(used)).to.equal(acr));
  }

  it('never fall when a means is added', () => {
    for (const [, used] of table) {
      for (const added of [password, code, sms, card]) {
        expect(acrRank(levelOf([...used, added]))).to.be.at.least(acrRank(levelOf(used)));
      }
    }
  });

  it('RFC 8176: name each value once, and mfa only where the level is multi-factor', () => {
    expect(amrOf([password, code])).to.deep.equal(['pwd', 'otp']);
    expect(amrOf([password, sms])).to.deep.equal(['pwd', 'sms', 'mfa']);
    expect(amrOf([code, sms])).to.deep.equal(['otp', 'sms']);
  });

  it('a step-up offers what reaches the level and was not shown yet, the least first', () => {
    const all = [password, code, sms, card];
    expect(waysTowards(ACR.code, [password], all)).to.deep.equal([[code], [sms], [card]]);
    expect(waysTowards(ACR.mfa, [password, code], all)).to.deep.equal([[sms], [card]]);
    expect(waysTowards(ACR.code, [code], all)).to.deep.equal([[password], [card]]);
    expect(waysTowards(ACR.card, [password, code], [password, code, sms])).to.deep.equal([]);
    expect(waysTowards(ACR.code, [password, code], all)).to.deep.equal([]);
  });

  it('a step-up asks for two where none is enough, the one that is followed first', () => {
    expect(waysTowards(ACR.mfa, [code], [totp, code, password])).to.deep.equal([[password, totp]]);
    expect(waysTowards(ACR.mfa, [code], [card, password, totp])).to.deep.equal([[card], [password, totp]]);
  });

  it('a step-up ends at the level whenever the means together reach it, by as few proofs as can be (property)', () => {
    const all = [password, code, sms, totp, card];
    const subset = fc.subarray(all);
    fc.assert(
      fc.property(subset, subset, fc.constantFrom(...ACR_LADDER), (used, has, required) => {
        const rank = (shown: readonly Method[]) => acrRank(levelOf(shown));
        const fewest = Math.min(
          ...subsetsOf(has)
            .filter(added => rank([...used, ...added]) >= acrRank(required))
            .map(({ length }) => length),
        );
        // What the flow does: it asks for the first of a way (the choice is the person's), then looks again.
        for (const choice of [0, 1, 2]) {
          let shown: readonly Method[] = used;
          let asked = 0;
          for (let ways = waysTowards(required, shown, has); ways.length > 0; asked += 1) {
            const [next] = ways[Math.min(choice, ways.length - 1)] ?? [];
            if (!next || shown.includes(next) || asked > 2) throw new Error('a loop');
            shown = [...shown, next];
            ways = waysTowards(required, shown, has);
          }
          expect(rank(shown) >= acrRank(required)).to.equal(Number.isFinite(fewest));
          if (choice === 0 && Number.isFinite(fewest)) expect(asked).to.equal(fewest);
        }
      }),
    );
  });
});

function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.reduce<readonly (readonly T[])[]>(
    (found, item) => found.flatMap(subset => [subset, [...subset, item]]),
    [[]],
  );
}
