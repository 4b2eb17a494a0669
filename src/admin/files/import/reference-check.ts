import { fold } from '#kernel/index.ts';
import type { Reference } from '../../reference/index.ts';
import type { LineInput } from './line.ts';

/** What the public register, when it was imported, says against a line. Doubts only: registers are late and names change. */
export async function checkAgainstReference(
  reference: Reference,
  { national_ids, family_name }: LineInput,
): Promise<readonly string[]> {
  const [number] = national_ids.filter(id => id.startsWith('8'));
  if (number === undefined) return [];
  const known = await reference.lookupRpps(number);
  if (!known || fold(known.familyName) === fold(family_name)) return [];
  return [`L’annuaire national donne ce numéro à ${known.familyName} ${known.givenName} : vérifiez-le.`];
}
