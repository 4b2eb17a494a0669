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

const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));

function finish(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

export function createKeyHash(): KeyHash {
  const seeds = [randomInt(2 ** 32), randomInt(2 ** 32)] as const;
  let a = 0;
  let b = 0;
  const mix = (text: string): void => {
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      a = Math.imul(rotate(a ^ unit, 13), 0x9e3779b1);
      b = Math.imul(rotate(b ^ unit, 11), 0x85ebca77) + 0x27d4eb2f;
    }
  };
  const hash = {
    high: 0,
    low: 0,
    of(prefix: string, name: string): void {
      [a, b] = seeds;
      mix(prefix);
      // No name of a network holds a slash: two pairs never read alike.
      mix('/');
      mix(name);
      hash.high = finish(a ^ rotate(b, 16));
      hash.low = finish(b + name.length);
    },
  };
  return hash;
}
