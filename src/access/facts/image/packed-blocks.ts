/** Packed words that are too many for a cell of the table: blocks in segments, given back by length. */
export interface PackedBlocks {
  /** A block of `length` words; its content is whatever it was. */
  allocate(length: number): number;
  free(place: number, length: number): void;
  /** The segment that a place is in; the block begins there at `offsetOf(place)`. */
  segmentOf(place: number): Int32Array;
}

/** Words of a segment: blocks do not span segments, and a growing store of blocks copies none. */
const SEGMENT_BITS = 18;
const SEGMENT_WORDS = 1 << SEGMENT_BITS;

/** Where in its segment a block begins. */
export const offsetOf = (place: number): number => place & (SEGMENT_WORDS - 1);

export function createPackedBlocks(): PackedBlocks {
  const segments: Int32Array[] = [];
  /** Places that were given back, by their length. */
  const given = new Map<number, number[]>();
  let next = 0;

  return {
    allocate(length) {
      const known = given.get(length)?.pop();
      if (known !== undefined) return known;
      // A block that would span two segments begins the next one.
      if (next >>> SEGMENT_BITS !== (next + length - 1) >>> SEGMENT_BITS)
        next = Math.ceil(next / SEGMENT_WORDS) * SEGMENT_WORDS;
      const place = next;
      next += length;
      while (segments.length * SEGMENT_WORDS < next) segments.push(new Int32Array(SEGMENT_WORDS));
      return place;
    },
    free(place, length) {
      const places = given.get(length) ?? [];
      given.set(length, places);
      places.push(place);
    },
    segmentOf(place) {
      const segment = segments[place >>> SEGMENT_BITS];
      if (!segment) throw new RangeError('no such block');
      return segment;
    },
  };
}
