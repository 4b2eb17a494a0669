import type { Column, Rows } from '../sheets/table.ts';
import { COLUMN_TITLES, type LayoutProblem } from './columns.ts';
import type { FileProblem } from '../sheets/sheet.ts';
import type { ImportLine, LineKind } from './line.ts';

/** What a line would do, in few words. */
export const KIND_WORDS: Readonly<Record<LineKind, string>> = {
  create: 'Nouvelle personne',
  attach: 'Collègue à rattacher',
  update: 'À compléter',
  nothing: 'Rien à changer',
  homonym: 'Homonyme, à choisir',
  refused: 'À corriger',
};

/** The same, over many lines. */
export const KIND_TITLES: Readonly<Record<LineKind, string>> = {
  create: 'Nouvelles personnes',
  attach: 'Collègues à rattacher',
  update: 'À compléter',
  nothing: 'Rien à changer',
  homonym: 'Homonymes, à choisir',
  refused: 'À corriger',
};

export const KINDS = Object.keys(KIND_WORDS) as readonly LineKind[];

const STATE_WORDS = {
  waiting: 'Pas encore faite',
  done: 'Faite',
  failed: 'Refusée',
  left: 'Laissée de côté',
};

/** Why a file is not taken, and what to do about it. */
export const FILE_WORDS: Readonly<Record<FileProblem, string>> = {
  format: 'Ce fichier n’est ni un CSV ni un classeur Excel (.xlsx).',
  old_excel:
    'Ce classeur est d’un ancien format (.xls) ou protégé par un mot de passe : enregistrez-le en .xlsx, sans mot de passe.',
  too_many_lines: 'Ce fichier a plus de 10 000 lignes : partagez-le en plusieurs.',
  too_large: 'Ce fichier est trop volumineux : 5 Mio au plus, sans images.',
  broken: 'Ce fichier est abîmé : ouvrez-le, enregistrez-le de nouveau, puis recommencez.',
  busy: 'D’autres fichiers sont en cours de lecture : recommencez dans un instant.',
};

export function layoutWords(problem: LayoutProblem): string {
  if (problem.code === 'header_missing')
    return 'La ligne des titres n’a pas été trouvée : il faut au moins une colonne « Nom » et une colonne « Prénom ». Partez du modèle.';
  if (problem.code === 'column_forbidden')
    return `La colonne « ${problem.title.slice(0, 60)} » n’est pas acceptée : identifiants de connexion, mots de passe et états sont décidés par le service. Retirez-la.`;
  return `La colonne « ${problem.title.slice(0, 60)} » est en double : gardez-en une.`;
}

/** The lines of a list as its report gives them back: the columns of the file, then what became of each. */
function reportColumns(): readonly Column<ImportLine>[] {
  return [
    { title: 'Ligne', value: ({ number }) => number },
    ...Object.values(COLUMN_TITLES).map(([title]) => ({
      title,
      value: ({ typed }: ImportLine) => typed[title],
    })),
    { title: 'Vérification', value: ({ kind }) => KIND_WORDS[kind] },
    { title: 'État', value: ({ state }) => STATE_WORDS[state] },
    { title: 'Résultat', value: ({ result }) => result },
    {
      title: 'À corriger',
      value: ({ errors }) =>
        errors.map(({ column, message }) => (column === '' ? message : `${column} : ${message}`)).join(' '),
    },
    { title: 'Remarques', value: ({ warnings }) => warnings.join(' ') },
  ];
}

/** The report of an import, as a sheet. */
export const reportOf = (rows: Rows<ImportLine>) => ({ name: 'rapport', columns: reportColumns(), rows });

/** Of the file that people fill in. The example shows what each column takes; it is to be replaced. */
const TEMPLATE_EXAMPLE: Readonly<Record<string, string>> = {
  Civilité: 'Mme',
  Nom: 'Exemple',
  Prénom: 'Claire',
  'Adresse électronique': 'claire.exemple@chu.example',
  'Téléphone mobile': '06 12 34 56 78',
  'Téléphone vérifié': 'non',
  RPPS: '',
  Profession: 'Médecin',
  Établissement: '',
  Réseau: '',
  Profil: '',
  Début: '',
  Fin: '31/12/2027',
};

/** The file that people fill in, as a sheet. */
export const template = {
  name: 'modele-professionnels',
  columns: Object.values(COLUMN_TITLES).map(([title]) => ({
    title,
    value: (row: Readonly<Record<string, string>>) => row[title],
  })),
  rows: [TEMPLATE_EXAMPLE],
};
