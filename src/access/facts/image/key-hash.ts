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

  /** Four units at a time into both lanes, which do not wait for each other; `false` when one is no byte. */
  function mixBytes(text: string): boolean {
    const { length } = text;
    let a = startA;
    let b = startB;
    let seen = 0;
    let index = 3;
    for (; index < length; index += 4) {
      const one = text.charCodeAt(index - 3);
      const two = text.charCodeAt(index - 2);
      const three = text.charCodeAt(index - 1);
      const four = text.charCodeAt(index);
      seen |= one | two | three | four;
      const units = one | (two << 8) | (three << 16) | (four << 24);
      a = Math.imul((a << 13) ^ (a >>> 19) ^ units, 0x85ebca6b);
      b = Math.imul((b << 11) ^ (b >>> 21) ^ units, 0xc2b2ae35);
    }
    let rest = 0;
    for (index -= 3; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      seen |= unit;
      rest = (rest << 8) | unit;
    }
    a = Math.imul((a << 13) ^ (a >>> 19) ^ rest, 0x85ebca6b);
    b = Math.imul((b << 11) ^ (b >>> 21) ^ rest, 0xc2b2ae35);
    hash.high = finish(a ^ length);
    hash.low = finish(b ^ length);
    return seen <= 0xff;
  }

  /** One unit at a time: no name of ours is such. */
  function mixUnits(text: string): void {
    let a = ~startA;
    let b = ~startB;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      a = Math.imul((a << 13) ^ (a >>> 19) ^ unit, 0x85ebca6b);
      b = Math.imul((b << 11) ^ (b >>> 21) ^ unit, 0xc2b2ae35);
    }
    hash.high = finish(a ^ text.length);
    hash.low = finish(b ^ text.length);
  }

  function mix(text: string): void {
    if (!mixBytes(text)) mixUnits(text);
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
