import type { Authority } from '#access/index.ts';
import { isAppError } from '#kernel/index.ts';
import { z } from 'zod';
import { readInput } from '../../acts/refusals.ts';
import { identityFields, membershipFields } from '../../people/fields.ts';
import { withFormulaRestored } from '../sheets/table.ts';
import type { SheetRow } from '../sheets/sheet.ts';
import { COLUMN_TITLES, type ImportField, type Layout } from './columns.ts';
import type { LineError, LineInput } from './line.ts';
import {
  civilityOf,
  instantOf,
  nationalIdOf,
  phoneOf,
  yesOrNoOf,
  type Found,
  type Vocabulary,
} from './values.ts';

/** What holds for every line that says nothing of it. */
export interface Defaults {
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
  readonly profile?: string | undefined;
}

export interface ReadRow {
  readonly number: number;
  readonly typed: Readonly<Record<string, string>>;
  /** Absent when something is wrong. */
  readonly input?: LineInput;
  readonly errors: readonly LineError[];
  readonly warnings: readonly string[];
}

const schema = z.strictObject({
  family_name: identityFields.family_name,
  given_name: identityFields.given_name,
  civility: identityFields.civility,
  email: identityFields.email,
  phone: identityFields.phone,
  phone_verified: identityFields.phone_verified,
  profession: identityFields.profession,
  national_ids: identityFields.national_ids,
  ...membershipFields,
});

/** The fields of the acts → the columns of the file. */
const COLUMN_OF: Readonly<Record<string, ImportField>> = { national_ids: 'national_id' };

export const titleOf = (field: ImportField): string => COLUMN_TITLES[field][0];

/** Reads a line by the schemas of the acts, and its place by what the administrator may give there. */
export function readRow(
  row: SheetRow,
  about: {
    readonly layout: Layout;
    readonly defaults: Defaults;
    readonly vocabulary: Vocabulary;
    readonly authority: Authority;
    readonly isPrivileged: (profile: string) => boolean;
  },
): ReadRow {
  const { layout, defaults, vocabulary } = about;
  const errors: LineError[] = [];
  const warnings: string[] = [];
  const wrong = (field: ImportField, message: string) =>
    void errors.push({ column: titleOf(field), message });
  const cell = (field: ImportField): string => {
    const place = layout.places.get(field);
    return place === undefined ? '' : withFormulaRestored(row.cells[place] ?? '').trim();
  };

  function found(field: 'organisation' | 'network' | 'profile', look: (text: string) => Found) {
    const text = cell(field);
    if (text === '') return defaults[field];
    const known = look(text);
    if (known === 'unknown') wrong(field, UNKNOWN[field]);
    else if (known === 'ambiguous') wrong(field, 'Plusieurs portent ce nom : écrivez le numéro FINESS.');
    else return known.id;
    return undefined;
  }

  const profession = cell('profession');
  const professionCode = profession === '' ? undefined : vocabulary.profession(profession);
  if (profession !== '' && professionCode === undefined)
    warnings.push(`Profession inconnue de la nomenclature, laissée de côté : ${profession.slice(0, 60)}`);
  const civility = civilityOf(cell('civility'));
  const isPhoneVerified = yesOrNoOf(cell('phone_verified'));
  if (isPhoneVerified === undefined) wrong('phone_verified', 'Écrivez oui ou non.');
  const input: LineInput = {
    family_name: cell('family_name'),
    given_name: cell('given_name'),
    ...given('civility', civility),
    ...given('email', cell('email')),
    ...given('phone', phoneOf(cell('phone'))),
    ...(isPhoneVerified === true && { phone_verified: true }),
    ...given('profession', professionCode),
    national_ids: cell('national_id') === '' ? [] : [nationalIdOf(cell('national_id'))],
    ...given('organisation', found('organisation', vocabulary.organisation)),
    network: found('network', vocabulary.network) ?? '',
    profile: found('profile', vocabulary.profile) ?? '',
    ...given('from', cell('from') && instantOf(cell('from'), 'from')),
    ...given('to', cell('to') && instantOf(cell('to'), 'to')),
  };
  if (input.network === '' && cell('network') === '')
    wrong('network', 'Indiquez un réseau, ici ou pour toute la liste.');
  if (input.profile === '' && cell('profile') === '')
    wrong('profile', 'Indiquez un profil, ici ou pour toute la liste.');
  let canonical = input.national_ids;
  try {
    // What was not found has its error already.
    canonical = readInput(schema, {
      ...input,
      network: input.network || 'x',
      profile: input.profile || 'x',
    }).national_ids;
  } catch (error) {
    if (!isAppError(error, 'admin.invalid')) throw error;
    for (const { path, message } of error.errors ?? []) {
      const name = path.split('.')[0] ?? '';
      const field = COLUMN_OF[name] ?? (name as ImportField);
      if (field in COLUMN_TITLES) wrong(field, message);
    }
  }
  for (const [field, message] of placeProblems(input, about)) wrong(field, message);
  const typed = Object.fromEntries(
    [...layout.places.keys()].flatMap(field => (cell(field) === '' ? [] : [[titleOf(field), cell(field)]])),
  );
  return {
    number: row.number,
    typed,
    errors,
    warnings,
    ...(errors.length === 0 && { input: { ...input, national_ids: canonical } }),
  };
}

const UNKNOWN = {
  organisation:
    'Cet établissement n’existe pas dans votre branche : écrivez son numéro FINESS, son identifiant ou son nom exact.',
  network: 'Ce réseau n’existe pas, ou n’est pas le vôtre.',
  profile: 'Ce profil n’existe pas : écrivez son nom comme dans la liste des profils.',
} as const;

/** SECURITY: what the administrator may not give there is refused here for all, and again at each act. */
function placeProblems(
  { network, organisation, profile, from, to }: LineInput,
  {
    vocabulary,
    authority,
    isPrivileged,
  }: {
    readonly vocabulary: Vocabulary;
    readonly authority: Authority;
    readonly isPrivileged: (profile: string) => boolean;
  },
): readonly (readonly [ImportField, string])[] {
  const problems: (readonly [ImportField, string])[] = [];
  const place = organisation === undefined ? undefined : vocabulary.organisations.get(organisation);
  if (place && network !== '' && place.networks.length > 0 && !place.networks.includes(network))
    problems.push(['organisation', 'Cet établissement ne participe pas à ce réseau.']);
  if (profile !== '' && isPrivileged(profile))
    problems.push([
      'profile',
      'Un profil d’administration ne se donne pas par un fichier : donnez-le sur la page de la personne.',
    ]);
  else if (
    profile !== '' &&
    network !== '' &&
    !authority.givable({ network, organisation }).includes(profile)
  )
    problems.push([
      organisation === undefined ? 'organisation' : 'profile',
      organisation === undefined
        ? 'Indiquez un établissement de votre branche, ici ou pour toute la liste.'
        : 'Vous ne pouvez pas donner ce profil dans cet établissement.',
    ]);
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
    problems.push(['to', 'La fin doit venir après le début.']);
  return problems;
}

function given<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, string>);
}
