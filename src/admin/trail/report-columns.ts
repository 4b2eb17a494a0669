import type { Column } from '../files/sheets/table.ts';
import type { TrailRow } from './rows.ts';

/** A row, or the words that end the file. */
export type FileRow = TrailRow | { readonly end: string };

/** The last line of the file says that it is the last, so that a download that broke off is noticed. */
export async function* withEnd(rows: AsyncIterable<TrailRow>, most = Infinity): AsyncGenerator<FileRow> {
  let count = 0;
  for await (const row of rows) {
    if (count === most) {
      yield { end: `Fin du fichier : limite de ${most} lignes atteinte, resserrez les dates` };
      return;
    }
    count += 1;
    yield row;
  }
  yield { end: `Fin du rapport : ${count} ${count > 1 ? 'lignes' : 'ligne'}` };
}

/** `2026-11-21 08:30:05`: what a spreadsheet sorts. */
const SECOND = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const secondOfParis = (ms: number) => SECOND.format(ms);

const when: Column<FileRow> = {
  title: 'Date et heure (Paris)',
  value: row => ('end' in row ? row.end : secondOfParis(row.atMs)),
};
const column = (title: string, value: (row: TrailRow) => string | null): Column<FileRow> => ({
  title,
  value: row => ('end' in row ? null : value(row)),
});

/** « Qui a ouvert ce dossier ? » */
export const RECORD_COLUMNS: readonly Column<FileRow>[] = [
  when,
  column('Personne', row => row.who),
  column('Au nom de', row => row.behalf),
  column('Clé du dossier', row => row.record),
  column('Acte', row => row.sentence),
  column('Motif d’accès', row => row.purpose),
  column('Niveau de connexion', row => row.level),
  column('Application', row => row.application),
  column('Ligne du journal', row => row.place),
];

/** « Qu’a fait cette personne ? » */
export const PERSON_COLUMNS: readonly Column<FileRow>[] = [
  when,
  column('Acte', row => row.sentence),
  column('Personne concernée', row => row.whom),
  column('Clé du dossier', row => row.record),
  column('Changements', row =>
    row.changes.map(({ field, before, after }) => `${field} : ${before} → ${after}`).join(' ; '),
  ),
  column('Motif', row => row.reason),
  column('Application', row => row.application),
  column('Adresse', row => row.source),
  column('Niveau de connexion', row => row.level),
  column('Ligne du journal', row => row.place),
];

/** What the viewer shows. */
export const LIST_COLUMNS: readonly Column<FileRow>[] = [
  when,
  column('Personne', row => row.who),
  ...PERSON_COLUMNS.slice(1),
];
