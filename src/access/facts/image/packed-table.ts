import { createKeyHash } from './key-hash.ts';
import type { Packed } from './packed.ts';

/**
 * Packed facts by network and name: an open-addressed table of places in blocks of 32-bit words. A look-up touches two
 * lines of memory, one of the table and one of the block. Names are kept as 64 bits, so that two may be taken for one,
 * very rarely: see ADR 0014.
 */
export interface PackedTable {
  /**
   * Where something is kept that is probably of that name (half of its bits agree); 0: nothing is. Reads the table only:
   * who needs two things looks both up, then opens both, and the processor waits for memory once instead of twice.
   */
  lookUp(network: string, name: string): number;
  /** Puts the cursor on a place of the `lookUp` just before; `false` when it is not of that name after all. */
  open(place: number): boolean;
  /** Both in one. */
  find(network: string, name: string): boolean;
  /** What is under the cursor; says nothing after a change of the table. */
  readonly flags: number;
  readonly untilMs: number;
  /** Its words are those of `words` from `start` on and before `end`: plain numbers, which no call hands out one by one. */
  readonly words: Int32Array;
  readonly start: number;
  readonly end: number;
  set(network: string, name: string, packed: Packed): void;
  delete(network: string, name: string): void;
  clear(): void;
  readonly size: number;
}

/** Words of a segment: blocks do not span segments, and a growing table copies none. */
const SEGMENT_BITS = 18;
const SEGMENT_WORDS = 1 << SEGMENT_BITS;
const FIRST_SLOTS = 1 << 10;
/** A slot: the place of a block, then one half of the name: a search opens hardly any other name's block, a growing table none. */
const SLOT_WORDS = 2;
const EMPTY = 0;
const REMOVED = -1;

/** The words before those of the fact itself: the other half of the name; flags, and how many words follow. */
const HEAD = 2;
const COUNT_BITS = 16;
/** Set when an `until` follows the words: most facts hold without end, and are a word shorter. */
const HAS_END = 1 << COUNT_BITS;
const FLAGS_FROM = COUNT_BITS + 1;
const COUNT_MASK = HAS_END - 1;

export function createPackedTable(): PackedTable {
  const hash = createKeyHash();
  let slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  let segments: Int32Array[] = [];
  /** Places of given back blocks, by their words. */
  let free = new Map<number, number[]>();
  let next = 1;
  let used = 0;
  let size = 0;
  let segment: Int32Array = new Int32Array(0);
  let at = 0;

  const read = (index: number): number => segment[at + index] ?? 0;
  const maskOf = ({ length }: Int32Array): number => length - SLOT_WORDS;

  function go(place: number): void {
    segment = segments[place >>> SEGMENT_BITS] ?? segment;
    at = place & (SEGMENT_WORDS - 1);
  }

  /** The slot of the name under `hash`, with the cursor on its block, or −1. */
  function slotOf(): number {
    const mask = maskOf(slots);
    for (let slot = (hash.high << 1) & mask; ; slot = (slot + SLOT_WORDS) & mask) {
      const place = slots[slot] ?? EMPTY;
      if (place === EMPTY) return -1;
      if (place === REMOVED || slots[slot + 1] !== hash.high) continue;
      go(place);
      if (read(0) === hash.low) return slot;
    }
  }

  function lookUp(network: string, name: string): number {
    hash.of(network, name);
    const { high } = hash;
    const mask = maskOf(slots);
    for (let slot = (high << 1) & mask; ; slot = (slot + SLOT_WORDS) & mask) {
      const place = slots[slot] ?? EMPTY;
      if (place === EMPTY) return EMPTY;
      if (slots[slot + 1] === high && place !== REMOVED) return place;
    }
  }

  function open(place: number): boolean {
    if (place === EMPTY) return false;
    go(place);
    if (read(0) !== hash.low) return false;
    const head = read(1);
    const count = head & COUNT_MASK;
    table.flags = head >>> FLAGS_FROM;
    table.words = segment;
    table.start = at + HEAD;
    table.end = at + HEAD + count;
    table.untilMs = (head & HAS_END) === 0 ? Number.POSITIVE_INFINITY : (read(HEAD + count) >>> 0) * 1000;
    return true;
  }

  function allocate(length: number): number {
    const given = free.get(length)?.pop();
    if (given !== undefined) return given;
    // A block that would span two segments begins the next one.
    if (next >>> SEGMENT_BITS !== (next + length - 1) >>> SEGMENT_BITS)
      next = Math.ceil(next / SEGMENT_WORDS) * SEGMENT_WORDS;
    const place = next;
    next += length;
    while (segments.length * SEGMENT_WORDS < next) segments.push(new Int32Array(SEGMENT_WORDS));
    return place;
  }

  const lengthOf = (): number => HEAD + (read(1) & COUNT_MASK) + ((read(1) & HAS_END) === 0 ? 0 : 1);

  function putIn(target: Int32Array, place: number, high: number): void {
    const mask = maskOf(target);
    let slot = (high << 1) & mask;
    while ((target[slot] ?? EMPTY) > EMPTY) slot = (slot + SLOT_WORDS) & mask;
    if (target[slot] === EMPTY) used += 1;
    target[slot] = place;
    target[slot + 1] = high;
  }

  function makeRoom(): void {
    // Half full at most, so that a search is short; removed ones count until the table is made anew.
    const capacity = slots.length / SLOT_WORDS;
    if (used * 2 < capacity) return;
    const old = slots;
    slots = new Int32Array((size * 4 > capacity ? capacity * 2 : capacity) * SLOT_WORDS);
    used = 0;
    for (let slot = 0; slot < old.length; slot += SLOT_WORDS) {
      const place = old[slot] ?? EMPTY;
      if (place > EMPTY) putIn(slots, place, old[slot + 1] ?? 0);
    }
  }

  function remove(): void {
    const slot = slotOf();
    if (slot < 0) return;
    const places = free.get(lengthOf()) ?? [];
    free.set(lengthOf(), places);
    places.push(slots[slot] ?? EMPTY);
    slots[slot] = REMOVED;
    size -= 1;
  }

  const table = {
    flags: 0,
    untilMs: 0,
    words: segment,
    start: 0,
    end: 0,
    lookUp,
    open,
    find: (network: string, name: string) => open(lookUp(network, name)),
    set(network: string, name: string, { flags, untilMs, words }: Packed) {
      const { length } = words;
      if (length > COUNT_MASK) throw new RangeError('so many words are not packed');
      hash.of(network, name);
      remove();
      makeRoom();
      const { high, low } = hash;
      const isEndless = untilMs === Number.POSITIVE_INFINITY;
      const place = allocate(HEAD + length + (isEndless ? 0 : 1));
      go(place);
      segment[at] = low;
      segment[at + 1] = length | (isEndless ? 0 : HAS_END) | (flags << FLAGS_FROM);
      for (let index = 0; index < length; index += 1) segment[at + HEAD + index] = words[index] ?? 0;
      // Rounded down: it is read from the store again a little early, never late.
      if (!isEndless) segment[at + HEAD + length] = secondsOf(untilMs);
      putIn(slots, place, high);
      size += 1;
    },
    delete(network: string, name: string) {
      hash.of(network, name);
      remove();
    },
    clear() {
      slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
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
  return table;
}

/** Seconds since 1970, unsigned: whatever lies beyond 2106 ends there. */
const secondsOf = (instantMs: number): number => Math.min(Math.floor(instantMs / 1000), 0xffffffff) | 0;
