import { randomInt } from 'node:crypto';

/** SPEC: RFC 5280 §4.1.2.2: a serial number has 20 octets at most. */
export const MAX_SERIAL_BYTES = 20;

/**
 * A set of serial numbers in two flat arrays, about 29 bytes for each of 16 octets, where a `Set` of texts takes
 * over 100 and a collection that must walk them all. Flat, so that a worker hands it over without a copy.
 */
export interface SerialTable {
  /** Each serial as its length and its octets, one after another. */
  readonly arena: Uint8Array;
  /** Open addressing: where in the arena a serial begins, plus one; 0 is free. A power of two, at most half full. */
  readonly slots: Uint32Array;
  readonly seed: number;
  readonly size: number;
}

/** Collects serials; `capacityBytes` bounds their octets, one more for each. */
export interface SerialTableBuilder {
  /** `bytes[from..to]` is a serial of 1 to 20 octets without sign. Throws `RangeError` beyond the capacity. */
  add(bytes: Uint8Array, from: number, to: number): void;
  /** The set; the builder is of no use any more. */
  build(): SerialTable;
}

export function createSerialTableBuilder(capacityBytes: number): SerialTableBuilder {
  const arena = new Uint8Array(capacityBytes);
  let used = 0;
  let added = 0;
  return {
    add(bytes, from, to) {
      const length = to - from;
      if (used + 1 + length > arena.length) throw new RangeError('more serials than there is room for');
      arena[used] = length;
      for (let index = 0; index < length; index += 1) arena[used + 1 + index] = bytes[from + index] ?? 0;
      used += 1 + length;
      added += 1;
    },
    build() {
      // Gives back what was not needed, without a second copy.
      return index(new Uint8Array(arena.buffer.transfer(used)), added);
    },
  };
}

function index(arena: Uint8Array, added: number): SerialTable {
  // A seed of its own, so that no choice of serials makes every look-up slow.
  const seed = randomInt(2 ** 32);
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(4, added * 2))));
  let size = 0;
  for (let at = 0; at < arena.length; at += 1 + (arena[at] ?? 0)) {
    const length = arena[at] ?? 0;
    const slot = findSlot(arena, slots, seed, arena, at + 1, length);
    if (slots[slot] !== 0) continue;
    slots[slot] = at + 1;
    size += 1;
  }
  return { arena, slots, seed, size };
}

/** True when `serial` (octets without sign) is in the set. */
export function hasSerial({ arena, slots, seed }: SerialTable, serial: Uint8Array): boolean {
  return slots[findSlot(arena, slots, seed, serial, 0, serial.length)] !== 0;
}

/** The slot of a serial, or the free one where it would stand. */
function findSlot(
  arena: Uint8Array,
  slots: Uint32Array,
  seed: number,
  serial: Uint8Array,
  from: number,
  length: number,
): number {
  const mask = slots.length - 1;
  for (let slot = hash(serial, from, length, seed) & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot] ?? 0;
    if (entry === 0 || isAt(arena, entry - 1, serial, from, length)) return slot;
  }
}

function isAt(arena: Uint8Array, at: number, serial: Uint8Array, from: number, length: number): boolean {
  if (arena[at] !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (arena[at + 1 + index] !== serial[from + index]) return false;
  }
  return true;
}

/** FNV-1a from a seed, its bits mixed at the end (murmur3's finaliser): consecutive serials spread. */
function hash(bytes: Uint8Array, from: number, length: number, seed: number): number {
  let value = seed ^ 0x811c9dc5;
  for (let index = 0; index < length; index += 1)
    value = Math.imul(value ^ (bytes[from + index] ?? 0), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
