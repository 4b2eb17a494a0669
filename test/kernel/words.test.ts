import { expect } from 'chai';
import fc from 'fast-check';
import {
  ACR,
  ACR_LADDER,
  AppError,
  acrRank,
  createShiftedClock,
  equalsInConstantTime,
  fold,
  hashToken,
  isAppError,
  normaliseAcr,
  randomDigits,
  randomId,
} from '#kernel/index.ts';

describe('kernel', () => {
  describe('identifiers', () => {
    it('are random, of base64url, and long enough', () => {
      const ids = Array.from({ length: 1000 }, () => randomId());
      expect(new Set(ids).size).to.equal(1000);
      expect(ids.every(id => /^[\w-]{22}$/u.test(id))).to.equal(true);
    });

    it('have the entropy that is asked for, however much', () => {
      const bytesOf = (bytes: number) => Buffer.from(randomId(bytes), 'base64url');
      for (const bytes of [9, 32, 4096, 5000]) {
        expect(bytesOf(bytes)).to.have.length(bytes);
        expect(bytesOf(bytes).every(byte => byte === 0)).to.equal(false);
      }
    });

    it('of digits keep their leading zeros', () => {
      const codes = Array.from({ length: 500 }, () => randomDigits(6));
      expect(codes.every(code => /^\d{6}$/u.test(code))).to.equal(true);
      expect(codes.some(code => code.startsWith('0'))).to.equal(true);
    });

    it('are compared as text is, in constant time', () => {
      fc.assert(
        fc.property(fc.string(), fc.string(), (a, b) => {
          expect(equalsInConstantTime(a, b)).to.equal(a === b);
          expect(equalsInConstantTime(a, a)).to.equal(true);
        }),
      );
    });

    it('are stored as SHA-256 in base64url (FIPS 180-4 example)', () => {
      expect(Buffer.from(hashToken('abc'), 'base64url').toString('hex')).to.match(/^ba7816bf/u);
    });
  });

  describe('levels', () => {
    it('are ranked lowest first, and an unknown one satisfies nothing', () => {
      expect(ACR_LADDER.map(acrRank)).to.deep.equal([1, 2, 3, 4]);
      for (const none of [undefined, '', 'urn:trousseau:acr:', 'constructor', 'URN:TROUSSEAU:ACR:CARD']) {
        expect(acrRank(none), String(none)).to.equal(0);
      }
    });

    it('know the name that Pro Santé Connect gives to the highest', () => {
      expect(normaliseAcr('eidas1')).to.equal(ACR.card);
      expect(normaliseAcr('eidas2')).to.equal(undefined);
    });
  });

  describe('folded text', () => {
    it('has no case, accents, ligatures or double spaces', () => {
      expect(fold('  Œuvre  d’Été à l’ÂNE ')).to.equal('oeuvre d’ete a l’ane');
    });

    it('is folded once and for all', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), text => {
          expect(fold(fold(text))).to.equal(fold(text));
        }),
      );
    });
  });

  describe('errors', () => {
    it('are known by their code, and only a 4xx text may be shown', () => {
      const error = new AppError({ code: 'kernel.example', status: 503, publicMessage: 'Indisponible.' });
      expect(isAppError(error, 'kernel.example')).to.equal(true);
      expect(isAppError(error, 'kernel.other')).to.equal(false);
      expect(isAppError(new Error('x'))).to.equal(false);
      expect(error.expose).to.equal(false);
      expect(new AppError({ code: 'a.b', status: 400, publicMessage: 'x' }).expose).to.equal(true);
    });
  });

  it('has a clock that tests can move', () => {
    const clock = createShiftedClock();
    clock.setMs(1_000_000);
    clock.advance(60);
    expect(clock.now()).to.be.within(1060, 1061);
  });
});
