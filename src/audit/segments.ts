import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import { ACCOUNT_FIELDS, type AuditLine } from './line.ts';

/** What one flush wrote: up to 256 lines of one chain, in order. Never changed; removed once its day is sealed. */
export interface Segment {
  /** `<chain>.<seq of the first line>`: INVARIANT: two flushes can never both take one place in a chain. */
  readonly id: string;
  readonly chain: string;
  readonly lines: readonly AuditLine[];
}

export const SEGMENT_LINES = 256;

/**
 * Every index but `chain` ends with the instant of the segment, so that the lines about one account, one patient
 * or one day come in the order of time.
 */
const segmentSpec: CollectionSpec<Segment> = {
  name: 'audit_segments',
  version: 1,
  indexes: {
    chain: { key: segment => segment.chain },
    time: { key: segment => segmentInstant(segment) },
    account: { key: segment => dated(segment, line => ACCOUNT_FIELDS.map(field => line[field])) },
    patient: { key: segment => dated(segment, line => [line.patientKey]) },
  },
};

export type Segments = Collection<Segment>;

export function openSegments(store: Store): Segments {
  return store.collection(segmentSpec);
}

export function segmentId(chain: string, firstSeq: number): string {
  return `${chain}.${String(firstSeq).padStart(12, '0')}`;
}

function segmentInstant(segment: Segment): string {
  return segment.lines[0]?.at ?? '';
}

function dated(
  segment: Segment,
  subjects: (line: AuditLine) => readonly (string | undefined)[],
): readonly string[] {
  const distinct = new Set<string>();
  for (const line of segment.lines) {
    for (const subject of subjects(line)) if (subject !== undefined) distinct.add(subject);
  }
  const instant = segmentInstant(segment);
  return Array.from(distinct, subject => `${subject} ${instant}`);
}
