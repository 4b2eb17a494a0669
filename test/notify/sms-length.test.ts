import { measureSms, toShortAlphabet } from '#notify/index.ts';
import { expect } from 'chai';

describe('the length of a text message', () => {
  const cases: readonly (readonly [
    words: string,
    text: string,
    alphabet: string,
    units: number,
    segments: number,
  ])[] = [
    ['a full one of the short alphabet', 'a'.repeat(160), 'gsm7', 160, 1],
    ['one letter more', 'a'.repeat(161), 'gsm7', 161, 2],
    ['two full parts', 'é'.repeat(306), 'gsm7', 306, 2],
    ['one letter more than two parts', 'é'.repeat(307), 'gsm7', 307, 3],
    ['characters that count twice', '€'.repeat(80), 'gsm7', 160, 1],
    ['one of them that would be cut in two', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', 306, 3],
    ['a full one of the long alphabet', 'ê'.repeat(70), 'ucs2', 70, 1],
    ['one letter more of it', 'ê'.repeat(71), 'ucs2', 71, 2],
    ['a sign of two units that would be cut in two', `${'ê'.repeat(66)}😀${'ê'.repeat(66)}`, 'ucs2', 134, 3],
    ['nothing', '', 'gsm7', 0, 1],
  ];
  for (const [words, text, alphabet, units, segments] of cases)
    it(`is right for ${words}`, () => {
      expect(measureSms(text)).to.include({ alphabet, units, segments });
    });

  it('names each character that makes it long, once', () => {
    expect(measureSms('Île d’Yeu : l’île [à côté]').outside).to.deep.equal(['Î', '’', 'î', 'ô']);
  });

  it('leaves a name in letters of the short alphabet, where it has any', () => {
    expect(toShortAlphabet('Île-de-France\u00a0: l’accès à Besançon «\u202fœuvre\u202f»')).to.equal(
      'Ile-de-France : l\'accès à Besancon " œuvre "',
    );
  });
});
