/** What is wrong with a log. */
export type FindingKind =
  /** A line is not the one that was written, or the one before it is not. */
  | 'changed'
  /** Lines are missing between others. */
  | 'removed'
  /** A line that this place never had. */
  | 'added'
  /** A line stands after lines that were written later. */
  | 'reordered'
  /** The end of a chain, which a checkpoint has seen, is missing. */
  | 'cut'
  /** No JSON of the form of an export. */
  | 'malformed'
  | 'checkpoint_changed'
  | 'checkpoint_missing'
  /** Not signed by a key that is trusted. */
  | 'checkpoint_unsigned';

export interface AuditFinding {
  readonly kind: FindingKind;
  /** `chain X, line 12`, `checkpoint 4`, `file line 9`. */
  readonly place: string;
}

export interface Findings {
  add(kind: FindingKind, place: string): void;
  all(): readonly AuditFinding[];
}

/** More would say nothing new. */
const MAX_FINDINGS = 1000;

export function createFindings(): Findings {
  const findings: AuditFinding[] = [];
  return {
    add(kind, place) {
      if (findings.length < MAX_FINDINGS) findings.push({ kind, place });
    },
    all: () => findings,
  };
}

/** `12`, or `12 to 15`. */
export function linePlace(chain: string, from: number, to = from): string {
  return `chain ${chain}, line ${from}${to === from ? '' : ` to ${to}`}`;
}
