import type { Authority } from '#access/index.ts';
import type { Directory, Organisation } from '#directory/index.ts';
import { fold } from '#kernel/index.ts';
import { endOfDay, startOfDay } from '../../people/days.ts';

/*
 * What people and Excel write, brought to what the acts take. What is not understood is given back as it is: the
 * schema of the act refuses it, and the line says so.
 */

/** Zeros that Excel ate come back, spaces and dots go. */
export function phoneOf(text: string): string {
  const digits = text.replace(/[\s.()/-]/gu, '').replace(/^00/u, '+');
  if (/^[1-9]\d{8}$/u.test(digits)) return `0${digits}`;
  return /^33[1-9]\d{8}$/u.test(digits) ? `+${digits}` : digits;
}

/** An RPPS number, with or without its prefix; an ADELI number takes its own. */
export function nationalIdOf(text: string): string {
  const compact = text.replace(/[\s.]/gu, '').toUpperCase();
  return /^[0-9A-Z]{9}$/u.test(compact) ? `0${compact}` : compact;
}

/** `M`, `MME`, nothing for a title that is neither (Docteur), else as it is. */
export function civilityOf(text: string): string | undefined {
  const word = fold(text).replace(/[^a-z]/gu, '');
  if (['m', 'mr', 'monsieur', 'h', 'homme', 'masculin'].includes(word)) return 'M';
  if (['mme', 'mlle', 'madame', 'mademoiselle', 'f', 'femme', 'feminin'].includes(word)) return 'MME';
  return ['dr', 'docteur', 'pr', 'professeur', 'drm', 'me', ''].includes(word) ? undefined : text;
}

/** « oui » or « non » as spreadsheets write them too; nothing for a word that is neither. */
export function yesOrNoOf(text: string): boolean | undefined {
  const word = fold(text);
  if (['oui', 'o', 'x', 'vrai', 'true', '1'].includes(word)) return true;
  return ['non', 'n', 'faux', 'false', '0', ''].includes(word) ? false : undefined;
}

/** `31/12/2026` or `2026-12-31` → an instant of Paris. The last day of a profile is included. */
export function instantOf(text: string, edge: 'from' | 'to'): string {
  const [, day, month, year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/u.exec(text) ?? [];
  const iso = year && month && day ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : text;
  return edge === 'from' ? startOfDay(iso) : endOfDay(iso);
}

/** What a word of the file stands for; `ambiguous` when several things bear that name. */
export type Found = { readonly id: string } | 'unknown' | 'ambiguous';

/** Words of the region, as far as an administrator may know them. */
export interface Vocabulary {
  organisation(text: string): Found;
  network(text: string): Found;
  profile(text: string): Found;
  /** A code of the nomenclature or its label, feminine and plural included. */
  profession(text: string): string | undefined;
  readonly organisations: ReadonlyMap<string, Organisation>;
}

/** SECURITY: an establishment of another branch is as unknown as one that does not exist. */
export async function vocabularyOf(directory: Directory, authority: Authority): Promise<Vocabulary> {
  const { codes } = directory;
  const seen = (await directory.organisations.all()).filter(({ id }) =>
    authority.may('organisation', 'read', { organisation: id }),
  );
  const networks = (await directory.networks.all()).filter(({ id }) =>
    authority.mayInNetwork('network', 'read', id),
  );
  const organisations = indexOf(seen, ({ id, name, finess }) => [
    id,
    name,
    finess,
    finess?.replace(/^0/u, ''),
  ]);
  const networkIndex = indexOf(networks, ({ id, name }) => [id, name]);
  const profiles = indexOf(
    codes.profiles().map(({ code, label }) => ({ id: code, label })),
    ({ id, label }) => [id, label],
  );
  const professions = new Map(
    codes.professions().flatMap(({ code, label }) => [
      [wordOf(code), code],
      [wordOf(label), code],
      [wordOf(feminineOf(label)), code],
    ]),
  );
  return {
    organisation: text => find(organisations, text),
    network: text => find(networkIndex, text),
    profile: text => find(profiles, text),
    profession: text =>
      professions.get(wordOf(text)) ??
      professions.get(wordOf(text.replace(/(?<=\p{L}{3})s(?=\s|-|$)/gu, ''))) ??
      (/^\d{2,3}$/u.test(text) ? text : undefined),
    organisations: new Map(seen.map(organisation => [organisation.id, organisation])),
  };
}

const wordOf = (text: string) =>
  fold(text)
    .replace(/[^a-z0-9]+/gu, ' ')
    .trim();

/** « Pharmacien » → « Pharmacienne », « Infirmier » → « Infirmière », « Assistant » → « Assistante ». */
function feminineOf(label: string): string {
  const [first = '', ...rest] = label.split(' ');
  const word = first
    .replace(/teur$/u, 'trice')
    .replace(/ien$/u, 'ienne')
    .replace(/ier$/u, 'ière')
    .replace(/(?<=ant)$/u, 'e');
  return [word, ...rest].join(' ');
}

type Index = ReadonlyMap<string, ReadonlySet<string>>;

function indexOf<T extends { readonly id: string }>(
  things: readonly T[],
  namesOf: (thing: T) => readonly (string | undefined)[],
): Index {
  const index = new Map<string, Set<string>>();
  for (const thing of things) {
    for (const name of namesOf(thing)) {
      if (name === undefined || name === '') continue;
      const key = wordOf(name);
      const ids = index.get(key) ?? new Set();
      index.set(key, ids.add(thing.id));
    }
  }
  return index;
}

function find(index: Index, text: string): Found {
  const ids = index.get(wordOf(text));
  const [id, ...more] = ids ?? [];
  if (id === undefined) return 'unknown';
  return more.length > 0 ? 'ambiguous' : { id };
}
