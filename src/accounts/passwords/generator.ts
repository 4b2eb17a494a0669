import { randomInt } from 'node:crypto';

/** Letters that are not mistaken for another when read aloud or copied from paper, and that make no coarse word. */
const CONSONANTS = 'dfgkmnrstv';
const VOWELS = 'aeiou';

/** Four groups of two syllables (45 bits) and two digits (6 bits): beyond what a rate-limited sign-in lets anybody guess. */
const GROUPS = 4;

/** A random password that can be read over the telephone: `Tavo-kiru-demo-fani-47`. Long enough for any configured length. */
export function generateReadable(minLength: number): string {
  const groups = Array.from({ length: GROUPS }, () => syllable() + syllable());
  while (groups.join('-').length + 3 < minLength) groups.push(syllable() + syllable());
  const [first = '', ...rest] = groups;
  const capital = first.slice(0, 1).toUpperCase() + first.slice(1);
  return [capital, ...rest, `${randomInt(2, 10)}${randomInt(2, 10)}`].join('-');
}

function syllable(): string {
  return pick(CONSONANTS) + pick(VOWELS);
}

function pick(letters: string): string {
  return letters.charAt(randomInt(letters.length));
}
