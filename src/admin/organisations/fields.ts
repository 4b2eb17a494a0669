import { checkFiness } from '#kernel/index.ts';
import { z } from 'zod';
import { idField, lineField } from '../people/fields.ts';

/** A FINESS number in canonical form; a wrong control digit is told beside it, never refused (domain §6). */
export const finessField = z.string().transform((text, context) => {
  const checked = checkFiness(text);
  if (checked.ok) return checked.id;
  context.addIssue({ code: 'custom', message: 'Un numéro FINESS a 9 caractères, par exemple 370000481.' });
  return z.NEVER;
});

export const organisationNameField = lineField(200);
export const networksField = z.array(idField).max(100, '100 réseaux au plus.');

/** True for a FINESS number whose control digit is not the one expected. */
export function isDoubtfulFiness(finess: string | undefined): boolean {
  const checked = finess === undefined ? undefined : checkFiness(finess);
  return checked?.ok === true && checked.warnings.length > 0;
}
