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
  /** A group of lines in the store that is none. Its lines show as removed too. */
  | 'unreadable'
  | 'checkpoint_changed'
  | 'checkpoint_missing'
  /** Not signed by a key that is trusted. */
  | 'checkpoint_unsigned'
  /** A volume, the index or the manifest of a sealed day is not what was written. */
  | 'sealed_changed'
  /** One of them is not there. */
  | 'sealed_missing'
  /** Another volume of the same day stands in its place. */
  | 'sealed_reordered'
  /** The manifest of a sealed day is not signed by a key that is trusted. */
  | 'sealed_unsigned'
  /** Lines are gone from a sealed day otherwise than by the rule that its manifest states, or before their time. */
  | 'dropped_unlawfully';

export interface AuditFinding {
  readonly kind: FindingKind;
  /** `chain X, line 12`, `checkpoint 4`, `sealed day 2026-11-21, volume 2 of 5`, `file line 9`. */
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
