import { firstSeqOf, type Segment } from '../segments.ts';
import { fingerprintOf, subjectsOf } from '../subjects.ts';

/**
 * Whom the groups of one stretch of a chain name: fingerprints, and the group of each. A look-up passes over them all,
 * so that writing them costs next to nothing: an index of the store costs each line more than the line itself.
 */
export interface Block {
  /** From 0. It holds the groups whose first line is one of its `BLOCK_LINES` numbers: see `blockOf`. */
  readonly number: number;
  /** The instants of its groups lie between these, in epoch milliseconds. */
  readonly oldest: number;
  readonly newest: number;
  /** By group: where its first line stands within the block. */
  readonly places: Uint16Array | readonly number[];
  /** By group: the instant of its first line, in epoch milliseconds. */
  readonly instants: Float64Array | readonly number[];
  /** Fingerprints of the subjects … */
  readonly names: Uint32Array | readonly number[];
  /** … and, at the same place, the group that names it. */
  readonly holders: Uint16Array | readonly number[];
}

/** As many lines as a process still finds quickly by walking through them. */
export const BLOCK_LINES = 1_024;

export function blockOf(seq: number): number {
  return Math.floor((seq - 1) / BLOCK_LINES);
}

export function firstLineOf(block: number): number {
  return block * BLOCK_LINES + 1;
}

export function lastLineOf(block: number): number {
  return (block + 1) * BLOCK_LINES;
}

/** A block that takes the next groups of its chain. */
export interface GrowingBlock extends Block {
  /** Only of groups of its number, each once. */
  add(segment: Segment): void;
}

export function growBlock(number: number): GrowingBlock {
  const places: number[] = [];
  const instants: number[] = [];
  const names: number[] = [];
  const holders: number[] = [];
  const block = {
    number,
    oldest: Infinity,
    newest: -Infinity,
    places,
    instants,
    names,
    holders,
    add({ id, lines }: Segment) {
      for (const name of subjectsOf(lines)) {
        names.push(fingerprintOf(name));
        holders.push(places.length);
      }
      const ms = Date.parse(lines[0]?.at ?? '') || 0;
      [block.oldest, block.newest] = [Math.min(block.oldest, ms), Math.max(block.newest, ms)];
      places.push(firstSeqOf(id) - firstLineOf(number));
      instants.push(ms);
    },
  };
  return block;
}

/** A block that grows no more, in a third of the memory. */
export function closeBlock(block: Block): Block {
  const { number, oldest, newest, places, instants, names, holders } = block;
  return {
    number,
    oldest,
    newest,
    places: Uint16Array.from(places),
    instants: Float64Array.from(instants),
    names: Uint32Array.from(names),
    holders: Uint16Array.from(holders),
  };
}

/** A group that may name a subject: its first line, and when. */
export interface Candidate {
  readonly seq: number;
  readonly ms: number;
}

/** The groups that may name the subject of that fingerprint, in the order in which they were written. */
export function candidatesIn(block: Block, fingerprint: number): readonly Candidate[] {
  const { number, places, instants, names, holders } = block;
  const found: Candidate[] = [];
  for (let at = names.indexOf(fingerprint); at >= 0; at = names.indexOf(fingerprint, at + 1)) {
    const group = holders[at] ?? 0;
    found.push({ seq: firstLineOf(number) + (places[group] ?? 0), ms: instants[group] ?? 0 });
  }
  return found;
}
