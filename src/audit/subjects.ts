import { hash } from 'node:crypto';
import { ACCOUNT_FIELDS, type AuditLine } from './line.ts';

/** What lines are looked for by. */
export type SubjectKind = 'account' | 'patient';

/** Where the subject of a kind stands in a line. */
export const SUBJECT_FIELDS = {
  account: ACCOUNT_FIELDS,
  patient: ['patientKey'],
} as const satisfies Readonly<Record<SubjectKind, readonly (keyof AuditLine)[]>>;

/** `account acc-1`, `patient k-1`. */
export function subjectName(kind: SubjectKind, subject: string): string {
  return `${kind} ${subject}`;
}

/** The names of all whom these lines are about, each once. */
export function subjectsOf(lines: readonly AuditLine[]): Set<string> {
  const names = new Set<string>();
  for (const line of lines) addSubjects(names, line);
  return names;
}

export function addSubjects(names: Set<string>, line: AuditLine): void {
  for (const field of SUBJECT_FIELDS.account) {
    const account = line[field];
    if (account !== undefined) names.add(subjectName('account', account));
  }
  if (line.patientKey !== undefined) names.add(subjectName('patient', line.patientKey));
}

/**
 * 32 bits that stand for a name in an index. Two names may share them (one look-up in millions), so whoever finds by
 * them compares the lines.
 */
export function fingerprintOf(name: string): number {
  // As text: a buffer takes three times as long to make.
  return Number.parseInt(hash('sha256', name, 'hex').slice(0, 8), 16);
}
