import { fold } from '#kernel/index.ts';
import type { SheetRow } from '../sheets/sheet.ts';

/** What a column of the list may say. Names are those of the acts. */
export type ImportField =
  | 'civility'
  | 'family_name'
  | 'given_name'
  | 'email'
  | 'phone'
  | 'phone_verified'
  | 'national_id'
  | 'profession'
  | 'organisation'
  | 'network'
  | 'profile'
  | 'from'
  | 'to';

/** The title of each column in the template, then other ways in which it is met. All are compared folded, signs apart. */
export const COLUMN_TITLES: Readonly<Record<ImportField, readonly [title: string, ...others: string[]]>> = {
  civility: ['Civilité', 'titre', 'civ', 'genre', 'sexe'],
  family_name: [
    'Nom',
    'nom de famille',
    'nom d’exercice',
    'nom d’usage',
    'nom usuel',
    'nom de naissance',
    'family name',
  ],
  given_name: ['Prénom', 'prénom usuel', 'prénom d’exercice', 'prénoms', 'given name'],
  email: [
    'Adresse électronique',
    'mail',
    'e-mail',
    'email',
    'courriel',
    'adresse mail',
    'adresse e-mail',
    'adresse de messagerie',
    'messagerie',
    'mail professionnel',
    'email professionnel',
    'courriel professionnel',
    'mss',
  ],
  phone: [
    'Téléphone mobile',
    'téléphone',
    'tél',
    'tel portable',
    'tél mobile',
    'téléphone portable',
    'portable',
    'mobile',
    'numéro de téléphone',
    'n° de téléphone',
    'gsm',
  ],
  phone_verified: [
    'Téléphone vérifié',
    'tél vérifié',
    'mobile vérifié',
    'portable vérifié',
    'numéro vérifié',
  ],
  national_id: [
    'RPPS',
    'n° RPPS',
    'numéro RPPS',
    'no RPPS',
    'code RPPS',
    'identifiant national',
    'identifiant RPPS',
    'identification nationale pp',
    'id nat',
    'RPPS ou ADELI',
    'n° RPPS ou ADELI',
  ],
  profession: ['Profession', 'métier', 'fonction', 'code profession', 'libellé profession'],
  organisation: [
    'Établissement',
    'finess',
    'n° finess',
    'numéro finess',
    'finess établissement',
    'structure',
    'organisation',
    'établissement de rattachement',
    'site',
    'service',
  ],
  network: ['Réseau', 'network'],
  profile: ['Profil', 'rôle', 'habilitation', 'droits', 'profile'],
  from: ['Début', 'date de début', 'valable à partir du', 'du'],
  to: ['Fin', 'date de fin', 'valable jusqu’au', 'jusqu’au', 'au'],
};

/**
 * SECURITY: what the service alone decides. A file that brings such a column would be believed to decide it: it is
 * refused whole, rather than read without it.
 */
const FORBIDDEN = new Set(
  [
    'sub',
    'id',
    'compte',
    'account',
    'login',
    'identifiant',
    'identifiant de connexion',
    'mot de passe',
    'password',
    'statut',
    'status',
    'branche',
    'branch',
  ].map(keyOf),
);

const FIELDS: ReadonlyMap<string, ImportField> = new Map(
  Object.entries(COLUMN_TITLES).flatMap(([field, titles]) =>
    titles.map(title => [keyOf(title), field as ImportField] as const),
  ),
);

/** Letters and digits only: « N° R.P.P.S. » and « no rpps » differ by signs. */
function keyOf(title: string): string {
  return fold(title)
    .replace(/n\s*°|\bno\b|\bnum\b|\bnumero\b/gu, 'n ')
    .replace(/\*|\(.*?\)/gu, '')
    .replace(/[^a-z0-9]/gu, '');
}

/** How a list is laid out. */
export interface Layout {
  /** Of the line that holds the titles. */
  readonly headerNumber: number;
  readonly places: ReadonlyMap<ImportField, number>;
  /** Titles of columns that are not read. */
  readonly ignored: readonly string[];
}

export type LayoutProblem =
  | { readonly code: 'header_missing' }
  | { readonly code: 'column_forbidden'; readonly title: string }
  | { readonly code: 'column_twice'; readonly title: string };

/** Some write a title above the list. */
const LINES_LOOKED_AT = 10;

/** Finds the line of titles: the first that names both parts of a name. */
export function layoutOf(rows: readonly SheetRow[]): Layout | LayoutProblem {
  for (const { number, cells } of rows.slice(0, LINES_LOOKED_AT)) {
    const keys = cells.map(keyOf);
    const fields = keys.map(key => FIELDS.get(key));
    if (!fields.includes('family_name') || !fields.includes('given_name')) continue;
    const places = new Map<ImportField, number>();
    const ignored: string[] = [];
    for (const [index, title] of cells.entries()) {
      const field = fields[index];
      if (FORBIDDEN.has(keys[index] ?? '')) return { code: 'column_forbidden', title };
      if (field === undefined) {
        if (title !== '') ignored.push(title.slice(0, 60));
      } else if (places.has(field)) return { code: 'column_twice', title };
      else places.set(field, index);
    }
    return { headerNumber: number, places, ignored };
  }
  return { code: 'header_missing' };
}
