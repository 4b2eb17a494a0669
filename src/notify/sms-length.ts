/*
 * How a network of telephones counts a text message: in segments, each paid for.
 * SPEC: 3GPP TS 23.038 §6.2.1 (the default alphabet, its extension table, UCS-2), 3GPP TS 23.040 §9.2.3.24.1 (what the
 * header of a message in several parts takes of each of them).
 */

/** Every character of the default alphabet: one septet each. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Those that take an escape before them: two septets. */
const EXTENDED = new Set('\f^{}\\[~]|€');

const ROOM = { gsm7: { alone: 160, part: 153 }, ucs2: { alone: 70, part: 67 } } as const;

export interface SmsLength {
  /** `ucs2` as soon as one character is not of the short alphabet: less than half as much fits. */
  readonly alphabet: keyof typeof ROOM;
  /** Septets, or units of 16 bits. */
  readonly units: number;
  readonly segments: number;
  /** What makes it `ucs2`, each character once. */
  readonly outside: readonly string[];
}

/** Measures a text as it leaves; it says nothing of what a gateway may put in other characters' place. */
export function measureSms(text: string): SmsLength {
  const characters = [...text];
  const outside = [...new Set(characters)].filter(one => !BASIC.has(one) && !EXTENDED.has(one));
  const alphabet = outside.length === 0 ? 'gsm7' : 'ucs2';
  const sizes = characters.map(one => (alphabet === 'ucs2' ? one.length : EXTENDED.has(one) ? 2 : 1));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { alone, part } = ROOM[alphabet];
  return { alphabet, units, segments: units <= alone ? 1 : countParts(sizes, part), outside };
}

const PLAIN: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '«': '"',
  '»': '"',
  '–': '-',
  '—': '-',
};

/**
 * The same words in the short alphabet, where it has a letter for them: « Île » becomes « Ile », « é » stays. For a
 * name that nobody chose for a text message, and that would double its price.
 */
export function toShortAlphabet(text: string): string {
  return Array.from(text, one => {
    if (BASIC.has(one)) return one;
    const plain = PLAIN[one] ?? one.normalize('NFKD').replace(/\p{M}/gu, '');
    return [...plain].every(letter => BASIC.has(letter)) ? plain : one;
  }).join('');
}

/** A character is never cut in two: what does not fit begins the next part. */
function countParts(sizes: readonly number[], room: number): number {
  let parts = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > room) {
      parts += 1;
      used = 0;
    }
    used += size;
  }
  return parts;
}
