import { fingerprintOf } from '../subjects.ts';

/**
 * Which volumes of a sealed day hold lines about whom: pages of fingerprints (4 bytes) and volume numbers (2 bytes), cut
 * by the first bits of the fingerprint so that a look-up reads one page. Two subjects may share a fingerprint (one look-up
 * in millions): then a volume is read for nothing, so the reader compares the lines. It holds no identifier.
 */
export interface SubjectIndex {
  /** Pages are cut by that many bits. */
  readonly bits: number;
  readonly pages: readonly string[];
}

/** The numbers of volumes are written in two bytes. */
export const MOST_VOLUMES = 65_536;

const ENTRY_BYTES = 6;
/** 8 KiB as it is stored. */
const ENTRIES_PER_PAGE = 1_024;
const MOST_BITS = 16;

export interface SubjectIndexBuilder {
  /** `volume` has a line about the subject of that name. */
  add(name: string, volume: number): void;
  finish(): SubjectIndex;
}

export function createSubjectIndexBuilder(): SubjectIndexBuilder {
  /** Fingerprint × 65,536 + volume: whole numbers of 48 bits, which sort as they are read. */
  let entries = new Float64Array(4_096);
  let count = 0;
  return {
    add(name, volume) {
      if (count === entries.length) {
        const larger = new Float64Array(entries.length * 2);
        larger.set(entries);
        entries = larger;
      }
      entries[count++] = fingerprintOf(name) * MOST_VOLUMES + volume;
    },
    finish() {
      const sorted = entries.subarray(0, count).sort();
      let bits = 0;
      while (bits < MOST_BITS && count / 2 ** bits > ENTRIES_PER_PAGE) bits++;
      const pages: string[] = [];
      let at = 0;
      for (let page = 0; page < 2 ** bits; page++) {
        const end = (page + 1) * 2 ** (48 - bits);
        const first = at;
        while (at < count && (sorted[at] ?? 0) < end) at++;
        pages.push(pageOf(sorted.subarray(first, at)));
      }
      return { bits, pages };
    },
  };
}

/** The number of the page to look into. */
export function pageNumberOf(name: string, bits: number): number {
  return Math.floor(fingerprintOf(name) / 2 ** (32 - bits));
}

/** The volumes that may hold lines about the subject of that name, in order. */
export function volumesIn(page: string, name: string): readonly number[] {
  const bytes = Buffer.from(page, 'base64');
  const wanted = fingerprintOf(name);
  let low = 0;
  let high = bytes.length / ENTRY_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bytes.readUInt32BE(middle * ENTRY_BYTES) < wanted) low = middle + 1;
    else high = middle;
  }
  const volumes: number[] = [];
  for (let at = low * ENTRY_BYTES; at < bytes.length && bytes.readUInt32BE(at) === wanted; at += ENTRY_BYTES)
    volumes.push(bytes.readUInt16BE(at + 4));
  return volumes;
}

function pageOf(entries: Float64Array): string {
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES);
  entries.forEach((entry, index) => bytes.writeUIntBE(entry, index * ENTRY_BYTES, ENTRY_BYTES));
  return bytes.toString('base64');
}
