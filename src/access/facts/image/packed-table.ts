import { createKeyHash } from './key-hash.ts';
import { createPackedBlocks, offsetOf } from './packed-blocks.ts';
import type { Packed } from './packed.ts';

/**
 * Packed facts by network and name. A fact of up to six words stands in its cell, half a line of memory, which is all
 * that a look-up waits for; a longer one in a block. Names are kept as 64 bits, so that two may be taken for one, very
 * rarely: see ADR 0014.
 */
export interface PackedTable {
  /**
   * Works out where that name would be, and reads nothing yet: who needs two things locates both, then opens both, and
   * the processor waits for memory once instead of twice.
   */
  locate(network: string, name: string): void;
  /** Puts the cursor on what was located last; `false` when nothing is known of it. */
  open(): boolean;
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
  size(): number;
}

/** Names are spread over so many tables, each of which grows by itself: none takes long, and none is half empty. */
const SHARD_BITS = 8;
const SHARDS = 1 << SHARD_BITS;
const FIRST_CELLS = 8;
/** A shard that is fuller grows until it is as full as `ROOMY`. */
const FULL = 0.75;
const ROOMY = 0.6;

/** A cell: half of the name; the head; then the words of the fact, or the place of its block and how many stand there. */
const CELL_BITS = 3;
const CELL_WORDS = 1 << CELL_BITS;
const HEAD = 1;
const FACT = 2;
const MOST_WORDS = CELL_WORDS - FACT;
const COUNT = FACT + 1;

/** The head: in its lowest bits what the cell holds, above them the flags, above these the rest of the name. */
const FORM_MASK = 0xf;
const EMPTY = 0;
/** From here on one for each word that stands in the cell: `WORDS` alone for none. */
const WORDS = 1;
const BLOCK = WORDS + MOST_WORDS + 1;
const REMOVED = BLOCK + 1;
/** Set when an `until` follows the words: most facts hold without end, and are a word shorter. */
const HAS_END = 1 << 4;
const FLAGS_FROM = 5;
const FLAGS_MASK = 0x7;
const TAG_FROM = 8;
const TAG_MASK = ~0 << TAG_FROM;

const NOTHING: Int32Array = new Int32Array(FIRST_CELLS * CELL_WORDS);

export function createPackedTable(): PackedTable {
  const hash = createKeyHash();
  let shards: Int32Array[] = Array.from({ length: SHARDS }, () => NOTHING);
  /** Cells of each shard that are not empty, removed ones included, and those that hold a fact. */
  let used = new Uint32Array(SHARDS);
  let held = new Uint32Array(SHARDS);
  let blocks = createPackedBlocks();

  /** Of the name that was located: its shard, the cell to begin at, and the two parts that a cell keeps. */
  let shard = 0;
  let cells: Int32Array = NOTHING;
  let home = 0;
  let high = 0;
  let tag = 0;

  function locate(network: string, name: string): void {
    hash.of(network, name);
    high = hash.high;
    tag = hash.low << TAG_FROM;
    shard = hash.low >>> (32 - SHARD_BITS);
    cells = shards[shard] ?? NOTHING;
    home = homeOf(high, cells);
  }

  /** The cell of the located name, or −1. */
  function cellOf(): number {
    const { length } = cells;
    for (let cell = home; ;) {
      const head = cells[cell + HEAD] ?? EMPTY;
      if (cells[cell] === high && (head & TAG_MASK) === tag && isHeld(head)) return cell;
      if (head === EMPTY) return -1;
      cell += CELL_WORDS;
      if (cell === length) cell = 0;
    }
  }

  function open(): boolean {
    const cell = cellOf();
    if (cell < 0) return false;
    const head = cells[cell + HEAD] ?? EMPTY;
    const form = head & FORM_MASK;
    table.flags = (head >>> FLAGS_FROM) & FLAGS_MASK;
    if (form === BLOCK) {
      const place = cells[cell + FACT] ?? 0;
      table.words = blocks.segmentOf(place);
      table.start = offsetOf(place);
      table.end = table.start + (cells[cell + COUNT] ?? 0);
    } else {
      table.words = cells;
      table.start = cell + FACT;
      table.end = table.start + form - WORDS;
    }
    table.untilMs =
      (head & HAS_END) === 0 ? Number.POSITIVE_INFINITY : ((table.words[table.end] ?? 0) >>> 0) * 1000;
    return true;
  }

  /** Makes the shard of the located name anew when it is too full for one more. */
  function makeRoom(): void {
    const capacity = cells.length / CELL_WORDS;
    if (cells !== NOTHING && (used[shard] ?? 0) < capacity * FULL) return;
    const count = (held[shard] ?? 0) + 1;
    const larger = new Int32Array(Math.max(FIRST_CELLS, Math.ceil(count / ROOMY)) * CELL_WORDS);
    for (let cell = 0; cell < cells.length; cell += CELL_WORDS) {
      if (!isHeld(cells[cell + HEAD] ?? EMPTY)) continue;
      const to = freeCellOf(larger, cells[cell] ?? 0);
      // Word by word: `set` with a part of an array costs ten times as much for eight words.
      for (let word = 0; word < CELL_WORDS; word += 1) larger[to + word] = cells[cell + word] ?? 0;
    }
    shards[shard] = larger;
    used[shard] = count - 1;
    cells = larger;
    home = homeOf(high, cells);
  }

  function remove(): void {
    const cell = cellOf();
    if (cell < 0) return;
    const head = cells[cell + HEAD] ?? EMPTY;
    if ((head & FORM_MASK) === BLOCK)
      blocks.free(cells[cell + FACT] ?? 0, (cells[cell + COUNT] ?? 0) + endWords(head));
    cells[cell + HEAD] = REMOVED;
    held[shard] = (held[shard] ?? 0) - 1;
  }

  /** Writes the words, and where they end, to a place that has room for them. */
  function write(to: Int32Array, at: number, { words, untilMs }: Packed): void {
    for (let index = 0; index < words.length; index += 1) to[at + index] = words[index] ?? 0;
    // Rounded down: it is read from the store again a little early, never late.
    if (untilMs !== Number.POSITIVE_INFINITY) to[at + words.length] = secondsOf(untilMs);
  }

  const table = {
    flags: 0,
    untilMs: 0,
    words: NOTHING,
    start: 0,
    end: 0,
    locate,
    open,
    find(network: string, name: string) {
      locate(network, name);
      return open();
    },
    set(network: string, name: string, packed: Packed) {
      const { flags, untilMs, words } = packed;
      if (flags > FLAGS_MASK) throw new RangeError('so many flags are not packed');
      locate(network, name);
      remove();
      makeRoom();
      const cell = freeCellOf(cells, high);
      if ((cells[cell + HEAD] ?? EMPTY) === EMPTY) used[shard] = (used[shard] ?? 0) + 1;
      held[shard] = (held[shard] ?? 0) + 1;
      const end = untilMs === Number.POSITIVE_INFINITY ? 0 : HAS_END;
      const length = words.length + endWords(end);
      const isLong = length > MOST_WORDS;
      cells[cell] = high;
      cells[cell + HEAD] = tag | (flags << FLAGS_FROM) | end | (isLong ? BLOCK : WORDS + words.length);
      if (!isLong) return write(cells, cell + FACT, packed);
      const place = blocks.allocate(length);
      cells[cell + FACT] = place;
      cells[cell + COUNT] = words.length;
      write(blocks.segmentOf(place), offsetOf(place), packed);
    },
    delete(network: string, name: string) {
      locate(network, name);
      remove();
    },
    clear() {
      shards = shards.map(() => NOTHING);
      used = new Uint32Array(SHARDS);
      held = new Uint32Array(SHARDS);
      blocks = createPackedBlocks();
    },
    // No getter: V8 keeps a second object of a literal with one as a dictionary, and reads it ten times as slowly.
    size: () => held.reduce((sum, count) => sum + count, 0),
  };
  return table;
}

const isHeld = (head: number): boolean => (head & FORM_MASK) !== EMPTY && (head & FORM_MASK) !== REMOVED;

const endWords = (head: number): number => ((head & HAS_END) === 0 ? 0 : 1);

/** The cell where a search begins: 16 bits of the name, spread over the cells. */
const homeOf = (high: number, { length }: Int32Array): number =>
  (Math.imul(high >>> 16, length >>> CELL_BITS) >>> 16) << CELL_BITS;

/** The first cell from the home on that holds nothing. INVARIANT: no table is full. */
function freeCellOf(cells: Int32Array, high: number): number {
  let cell = homeOf(high, cells);
  while (isHeld(cells[cell + HEAD] ?? EMPTY)) cell = (cell + CELL_WORDS) % cells.length;
  return cell;
}

/** Seconds since 1970, unsigned: whatever lies beyond 2106 ends there. */
const secondsOf = (instantMs: number): number => Math.min(Math.floor(instantMs / 1000), 0xffffffff) | 0;
