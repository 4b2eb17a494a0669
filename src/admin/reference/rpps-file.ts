import { AppError, checkPersonId, fold } from '#kernel/index.ts';
import type { KnownActivity, KnownProfessional } from './types.ts';

export type RppsEntry = Omit<KnownProfessional, 'generation'>;

/**
 * The columns of « Extraction PS LibreAcces Personne Activité » that are read, by their titles: their order has changed
 * before. SPEC: Annuaire Santé, DSFT des extractions en libre accès.
 */
const TITLES = {
  id: ['Identification nationale PP'],
  type: ["Type d'identifiant PP"],
  number: ['Identifiant PP'],
  civility: ['Code civilité'],
  familyName: ["Nom d'exercice"],
  givenName: ["Prénom d'exercice"],
  profession: ['Code profession'],
  specialty: ['Code savoir-faire'],
  mode: ['Code mode exercice'],
  siret: ['Numéro SIRET site'],
  finess: ['Numéro FINESS site'],
  name: ['Raison sociale site', 'Enseigne commerciale site'],
} as const;

type Field = keyof typeof TITLES;

const NEEDED: readonly Field[] = ['familyName', 'givenName', 'profession'];

const MOST_ACTIVITIES = 20;

/** Typographic apostrophes and stray quotes are one and the same. */
const titleOf = (text: string) => fold(text.replaceAll('"', '').replace(/[’‘`]/gu, "'"));

/**
 * One entry per run of lines of one person; a person whose lines are apart comes several times (`mergeEntries`). Lines
 * without a valid national identifier are told to `onRefused` and left out. Throws `admin.reference_malformed` (400).
 */
export async function* rppsEntries(
  lines: AsyncIterable<string>,
  onRefused: (line: number) => void,
): AsyncGenerator<RppsEntry, void, undefined> {
  let places: ReadonlyMap<Field, readonly number[]> | undefined;
  let current: RppsEntry | undefined;
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    const cells = text.split('|');
    if (!places) {
      places = placesOf(cells);
      continue;
    }
    const entry = entryOf(cells, places);
    if (!entry) onRefused(line);
    else if (current?.id === entry.id) current = mergeEntries(current, entry);
    else {
      if (current) yield current;
      current = entry;
    }
  }
  if (!places) throw malformed();
  if (current) yield current;
}

function placesOf(header: readonly string[]): ReadonlyMap<Field, readonly number[]> {
  const titles = header.map((cell, index) => titleOf(index === 0 ? cell.replace(/^\uFEFF/u, '') : cell));
  const places = new Map<Field, readonly number[]>();
  for (const [field, names] of Object.entries(TITLES)) {
    const found = names.map(name => titles.indexOf(titleOf(name))).filter(index => index >= 0);
    if (found.length > 0) places.set(field as Field, found);
  }
  const hasId = places.has('id') || (places.has('type') && places.has('number'));
  if (!hasId || NEEDED.some(field => !places.has(field))) throw malformed();
  return places;
}

function entryOf(
  cells: readonly string[],
  places: ReadonlyMap<Field, readonly number[]>,
): RppsEntry | undefined {
  const of = (field: Field): string =>
    (places.get(field) ?? [])
      .map(index => (cells[index] ?? '').replaceAll('"', '').trim())
      .find(text => text !== '') ?? '';
  const checked = checkPersonId(of('id') || of('type') + of('number'));
  const [familyName, givenName] = [of('familyName'), of('givenName')];
  if (!checked.ok || familyName === '') return undefined;
  const civility = of('civility').toUpperCase();
  const activity: KnownActivity = {
    ...given('finess', of('finess')),
    ...given('siret', of('siret')),
    ...given('name', of('name')),
    ...given('mode', of('mode')),
  };
  return {
    id: checked.id.value,
    familyName,
    givenName,
    ...((civility === 'M' || civility === 'MME') && { civility }),
    ...given('profession', of('profession')),
    specialties: of('specialty') === '' ? [] : [of('specialty')],
    activities: Object.keys(activity).length > 0 ? [activity] : [],
  };
}

/** The savoir-faire and the activities of both; the rest from the first. */
export function mergeEntries(first: RppsEntry, second: RppsEntry): RppsEntry {
  const key = ({ finess, siret, name, mode }: KnownActivity) => [finess, siret, name, mode].join('|');
  const activities = new Map([...first.activities, ...second.activities].map(item => [key(item), item]));
  return {
    ...first,
    specialties: [...new Set([...first.specialties, ...second.specialties])],
    activities: [...activities.values()].slice(0, MOST_ACTIVITIES),
  };
}

function given<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>);
}

function malformed(): AppError {
  return new AppError({
    code: 'admin.reference_malformed',
    status: 400,
    publicMessage: 'Ce fichier n’est pas l’extraction publique du RPPS (PS_LibreAcces_Personne_activite).',
    detail: 'not the public RPPS extract: its header line lacks the columns that are needed',
  });
}
