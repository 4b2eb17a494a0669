import { AppError, checkFiness } from '#kernel/index.ts';
import type { KnownStructure } from './types.ts';

export type FinessEntry = Omit<KnownStructure, 'generation'>;

/**
 * Where the fields stand in a line `structureet` of the extract « etalab-cs1100507 », which has no header line.
 * SPEC: FINESS, description des extractions, « Structures et établissements ».
 */
const PLACES = {
  number: 1,
  legalEntity: 2,
  name: 3,
  longName: 4,
  delivery: 15,
  category: 19,
  siret: 22,
} as const;

/** The establishments of the file. Other lines (its title, `geolocalisation`) are passed over; throws `admin.reference_malformed` when nothing else is there. */
export async function* finessEntries(
  lines: AsyncIterable<string>,
  onRefused: (line: number) => void,
): AsyncGenerator<FinessEntry, void, undefined> {
  let isFiness = false;
  let line = 0;
  for await (const text of lines) {
    line += 1;
    const cells = text.replace(/^\uFEFF/u, '').split(';');
    if (cells[0] !== 'structureet') continue;
    isFiness = true;
    const of = (place: keyof typeof PLACES) => (cells[PLACES[place]] ?? '').replace(/^"|"$/gu, '').trim();
    const checked = checkFiness(of('number'));
    const name = of('longName') || of('name');
    if (!checked.ok || name === '') {
      onRefused(line);
      continue;
    }
    const city = of('delivery').replace(/^\d{5}\s*/u, '');
    yield {
      id: checked.id,
      name,
      ...(of('legalEntity') !== '' && { legalEntity: of('legalEntity') }),
      ...(of('siret') !== '' && { siret: of('siret') }),
      ...(of('category') !== '' && { category: of('category') }),
      ...(city !== '' && { city }),
    };
  }
  if (!isFiness) throw malformed();
}

function malformed(): AppError {
  return new AppError({
    code: 'admin.reference_malformed',
    status: 400,
    publicMessage: 'Ce fichier n’est pas l’extraction publique FINESS (etalab-cs1100507).',
    detail: 'not the public FINESS extract: no line begins with structureet',
  });
}
