import { frenchDate, frenchDateTime } from '#kernel/index.ts';
import type { TrailRow } from './rows.ts';

/** What stands above a report. */
export interface ReportHead {
  readonly kind: 'record' | 'person';
  /** The key of the record, or the name of the person. */
  readonly subject: string;
  /** Days in Paris time, both included, as they were typed. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly atMs: number;
}

/** A report as plain text, to be read, printed or handed to the patient: the newest first. */
export async function* writeReport(head: ReportHead, rows: AsyncIterable<TrailRow>): AsyncGenerator<string> {
  const { kind, subject, from, to, atMs } = head;
  const [title, label] =
    kind === 'record'
      ? ['Qui a ouvert ce dossier ?', 'Clé du dossier']
      : ['Qu’a fait cette personne ?', 'Personne'];
  yield lines([
    title,
    '',
    `${label} : ${subject}`,
    `Période : ${periodOf(from, to)}`,
    `Établi le ${frenchDateTime(atMs)}`,
  ]);
  let count = 0;
  for await (const row of rows) {
    count += 1;
    yield lines(['', row.when, ...detailsOf(row, kind).map(detail => `  ${detail}`)]);
  }
  // So that a file that was cut short is noticed.
  yield lines([
    '',
    count === 0
      ? 'Aucun accès sur cette période.'
      : `Fin du rapport : ${count} ${count > 1 ? 'lignes' : 'ligne'}`,
  ]);
}

function detailsOf(row: TrailRow, kind: ReportHead['kind']): readonly string[] {
  return [
    row.sentence,
    row.purpose === null ? '' : `Motif d’accès : ${row.purpose}`,
    row.reason === null ? '' : `Motif : ${row.reason}`,
    row.circumstances,
    kind === 'person' && row.record !== null ? `Dossier : ${row.record}` : '',
    ...row.changes.map(({ field, before, after }) => `${field} : ${before} → ${after}`),
    `Ligne du journal : ${row.place}`,
  ].filter(text => text !== '');
}

function periodOf(from: string | undefined, to: string | undefined): string {
  const words = (day: string) => frenchDate(Date.parse(`${day}T12:00:00.000Z`));
  if (from === undefined && to === undefined) return 'toutes les traces conservées';
  if (from === undefined) return `jusqu’au ${words(to ?? '')} inclus`;
  return to === undefined ? `depuis le ${words(from)}` : `du ${words(from)} au ${words(to)} inclus`;
}

/** SECURITY: what a text of the log holds never begins a line of its own, nor moves the cursor of a terminal. */
function lines(texts: readonly string[]): string {
  return texts.map(text => `${text.replaceAll(CONTROL, ' ')}\n`).join('');
}

const CONTROL = /\p{Cc}|\u2028|\u2029/gu;
