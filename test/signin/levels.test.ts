import { expect } from 'chai';
import { ACR, acrRank } from '#kernel/index.ts';
import type { Method } from '#methods/index.ts';
import { amrOf, levelOf, meansTowards } from '#signin/index.ts';

const means = (id: string, init: Pick<Method, 'factor' | 'amr' | 'acrAlone' | 'acrAsSecond'>): Method => ({
  id,
  title: id,
  resistsPhishing: false,
  ...init,
  isAvailableTo: () => true,
  verify: async () => ({ ok: false, code: 'signin.refused' }),
});
const password = means('password', { factor: 'knowledge', amr: ['pwd'], acrAlone: ACR.pwd, acrAsSecond: null });
const code = means('code', { factor: 'possession', amr: ['otp'], acrAlone: ACR.pwd, acrAsSecond: ACR.code });
const sms = means('sms', { factor: 'possession', amr: ['sms'], acrAlone: ACR.pwd, acrAsSecond: ACR.mfa });
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
    expect(meansTowards(ACR.code, [password], all)).to.deep.equal([code, sms, card]);
    expect(meansTowards(ACR.mfa, [password, code], all)).to.deep.equal([sms, card]);
    expect(meansTowards(ACR.code, [code], all)).to.deep.equal([password, card]);
    expect(meansTowards(ACR.card, [password, code], [password, code, sms])).to.deep.equal([]);
  });
});
