import { randomInt } from 'node:crypto';

/**
 * 64 bits of a name, in two numbers: two lanes of multiply and rotate under secret seeds of the process. With a million
 * records, the probability that any two of them share 64 bits is about 3 in 100 million.
 */
export interface KeyHash {
  /** Hashes `prefix/name`; the answer stands in `high` and `low` until the next call (no allocation at a decision). */
  of(prefix: string, name: string): void;
  readonly high: number;
  readonly low: number;
}

function finish(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

export function createKeyHash(): KeyHash {
  const [first, second] = [randomInt(2 ** 32) | 0, randomInt(2 ** 32) | 0];
  /** Questions are of few networks: what the last one was mixed to is kept. */
  let known: string | undefined;
  let startA = first;
  let startB = second;

  /** Two units at a time into both lanes, which do not wait for each other. */
  function mix(text: string): void {
    const { length } = text;
    let a = startA;
    let b = startB;
    let index = 1;
    for (; index < length; index += 2) {
      const units = text.charCodeAt(index - 1) | (text.charCodeAt(index) << 16);
      a = Math.imul((a << 13) ^ (a >>> 19) ^ units, 0x85ebca6b);
      b = Math.imul((b << 11) ^ (b >>> 21) ^ units, 0xc2b2ae35);
    }
    if (index === length) {
      a ^= text.charCodeAt(index - 1);
      b ^= Math.imul(text.charCodeAt(index - 1), 0x9e3779b1);
    }
    hash.high = finish(a ^ length);
    hash.low = finish(b ^ length);
  }

  const hash = {
    high: 0,
    low: 0,
    of(prefix: string, name: string): void {
      if (prefix !== known) {
        known = prefix;
        startA = first;
        startB = second;
        mix(prefix);
        startA = hash.high;
        startB = hash.low;
      }
      mix(name);
    },
  };
  return hash;
}
