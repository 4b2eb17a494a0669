import { createKeyHash } from './key-hash.ts';
import type { Packed } from './packed.ts';

/**
 * Packed facts by network and name: an open-addressed table of places in blocks of 32-bit words. A look-up touches two
 * lines of memory. Names are kept as 64 bits, so that two may be taken for one, very rarely: see ADR 0014.
 */
export interface PackedTable {
  /** Puts the cursor on what is kept of a name; `false` when nothing is. The fields below tell of what is under it. */
  find(network: string, name: string): boolean;
  readonly flags: number;
  readonly untilMs: number;
  readonly count: number;
  /** From 0 to `count` − 1. */
  word(index: number): number;
  set(network: string, name: string, packed: Packed): void;
  delete(network: string, name: string): void;
  clear(): void;
  readonly size: number;
}

/** Words of a segment: blocks do not span segments, and a growing table copies none. */
const SEGMENT_BITS = 18;
const SEGMENT_WORDS = 1 << SEGMENT_BITS;
const FIRST_SLOTS = 1 << 10;
const EMPTY = 0;
const REMOVED = -1;

/** The words before those of the record itself: name (2), flags and count, until. */
const HEAD = 4;
const FLAG_BITS = 8;
/** Blocks are of a multiple of so many words, and given back by size. */
const STEP = 2;
/** Seconds since 1970, unsigned; the last one says "without end". */
const NO_END = 0xffffffff;

export function createPackedTable(): PackedTable {
  const hash = createKeyHash();
  let slots = new Int32Array(FIRST_SLOTS);
  let segments: Int32Array[] = [];
  /** Places of given back blocks, by size in steps. */
  let free = new Map<number, number[]>();
  let next = 1;
  let used = 0;
  let size = 0;
  let segment: Int32Array = new Int32Array(0);
  let at = 0;

  const segmentOf = (place: number): Int32Array => segments[place >>> SEGMENT_BITS] ?? segment;
  const read = (index: number): number => segment[at + index] ?? 0;

  function go(place: number): void {
    segment = segmentOf(place);
    at = place & (SEGMENT_WORDS - 1);
  }

  /** The slot of the name under `hash`: that of its block, with the cursor on it, or −1. */
  function slotOf(): number {
    const mask = slots.length - 1;
    for (let slot = hash.low & mask; ; slot = (slot + 1) & mask) {
      const place = slots[slot] ?? EMPTY;
      if (place === EMPTY) return -1;
      if (place === REMOVED) continue;
      go(place);
      if (read(0) === hash.high && read(1) === hash.low) return slot;
    }
  }

  const stepsOf = (words: number) => Math.ceil((HEAD + words) / STEP);

  function allocate(words: number): number {
    const steps = stepsOf(words);
    const given = free.get(steps)?.pop();
    if (given !== undefined) return given;
    const length = steps * STEP;
    if (length > SEGMENT_WORDS) throw new RangeError('so many words are not packed');
    // A block that would span two segments begins the next one.
    if (next >>> SEGMENT_BITS !== (next + length - 1) >>> SEGMENT_BITS)
      next = Math.ceil(next / SEGMENT_WORDS) * SEGMENT_WORDS;
    const place = next;
    next += length;
    while (segments.length * SEGMENT_WORDS < next) segments.push(new Int32Array(SEGMENT_WORDS));
    return place;
  }

  function giveBack(place: number): void {
    go(place);
    const steps = stepsOf(read(2) >>> FLAG_BITS);
    const places = free.get(steps) ?? [];
    free.set(steps, places);
    places.push(place);
  }

  function putIn(target: Int32Array, place: number): void {
    go(place);
    const mask = target.length - 1;
    let slot = read(1) & mask;
    while ((target[slot] ?? EMPTY) > EMPTY) slot = (slot + 1) & mask;
    if (target[slot] === EMPTY) used += 1;
    target[slot] = place;
  }

  function makeRoom(): void {
    // Half full at most, so that a search is short; removed ones count until the table is made anew.
    if (used * 2 < slots.length) return;
    const old = slots;
    slots = new Int32Array(size * 4 > slots.length ? slots.length * 2 : slots.length);
    used = 0;
    for (const place of old) if (place > EMPTY) putIn(slots, place);
  }

  function remove(): void {
    const slot = slotOf();
    if (slot < 0) return;
    giveBack(slots[slot] ?? EMPTY);
    slots[slot] = REMOVED;
    size -= 1;
  }

  return {
    find(network, name) {
      hash.of(network, name);
      return slotOf() >= 0;
    },
    get flags() {
      return read(2) & ((1 << FLAG_BITS) - 1);
    },
    get count() {
      return read(2) >>> FLAG_BITS;
    },
    get untilMs() {
      const seconds = read(3) >>> 0;
      return seconds === NO_END ? Number.POSITIVE_INFINITY : seconds * 1000;
    },
    word: index => read(HEAD + index),
    set(network, name, { flags, untilMs, words }) {
      hash.of(network, name);
      remove();
      makeRoom();
      const { high, low } = hash;
      const place = allocate(words.length);
      go(place);
      segment[at] = high;
      segment[at + 1] = low;
      segment[at + 2] = flags | (words.length << FLAG_BITS);
      // Rounded down: it is read from the store again a little early, never late.
      segment[at + 3] = Math.min(Math.floor(untilMs / 1000), NO_END) | 0;
      for (const [index, word] of words.entries()) segment[at + HEAD + index] = word;
      putIn(slots, place);
      size += 1;
    },
    delete(network, name) {
      hash.of(network, name);
      remove();
    },
    clear() {
      slots = new Int32Array(FIRST_SLOTS);
      segments = [];
      free = new Map();
      next = 1;
      used = 0;
      size = 0;
    },
    get size() {
      return size;
    },
  };
}
