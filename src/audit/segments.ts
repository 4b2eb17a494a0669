import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import type { AuditLine } from './line.ts';

/** What one flush wrote: up to 256 lines of one chain, in order. Never changed; removed once its day is sealed. */
export interface Segment {
  /** `<chain>.<seq of the first line>`: INVARIANT: two flushes can never both take one place in a chain. */
  readonly id: string;
  readonly chain: string;
  readonly lines: readonly AuditLine[];
}

export const SEGMENT_LINES = 256;

/** Whom the lines are about stands in no index of the store, which would cost more than the lines: see `recent/`. */
const segmentSpec: CollectionSpec<Segment> = {
  name: 'audit_segments',
  version: 2,
  indexes: {
    chain: { key: segment => segment.chain },
    time: { key: segment => segment.lines[0]?.at ?? '' },
  },
};

export type Segments = Collection<Segment>;

export function openSegments(store: Store): Segments {
  return store.collection(segmentSpec);
}

const SEQ_DIGITS = 12;

export function segmentId(chain: string, firstSeq: number): string {
  return `${chain}.${String(firstSeq).padStart(SEQ_DIGITS, '0')}`;
}

/** The number of the first line, as an id says it. */
export function firstSeqOf(id: string): number {
  return Number(id.slice(-SEQ_DIGITS));
}
