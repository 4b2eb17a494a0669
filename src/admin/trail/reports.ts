import type { AuditLine } from '#audit/index.ts';
import type { Days, TrailFilter } from './filters.ts';
import { DECISION, isSimulated } from './rows.ts';

/** A question that is asked often enough to have a name. */
export interface TrailReport {
  readonly kind: 'person' | 'record';
  readonly filter: TrailFilter;
  readonly only: (line: AuditLine) => boolean;
}

/** « Qu’a fait cette personne ? »: nothing, where an application only asked what would have been decided. */
export function reportOnPerson(person: string, { from, to }: Days): TrailReport {
  return {
    kind: 'person',
    filter: { person, from, to },
    only: line => line.actor === person && !isSimulated(line),
  };
}

/** « Qui a ouvert ce dossier ? »: decisions that permitted something on that record. */
export function reportOnRecord(record: string, { from, to }: Days): TrailReport {
  return {
    kind: 'record',
    filter: { record, from, to },
    only: line => line.type === DECISION && line.outcome === 'success' && !isSimulated(line),
  };
}
