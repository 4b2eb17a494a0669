import type { Authority } from '#access/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { notFound } from '../acts/refusals.ts';

/**
 * The person of a page, read afresh. Throws `admin.not_found` (404). SECURITY: one answer for who does not exist and
 * for who works in another branch.
 */
export async function seenPerson(
  { professionals }: Pick<Directory, 'professionals'>,
  authority: Authority,
  sub: unknown,
): Promise<Professional> {
  const person = typeof sub === 'string' && /^[\w-]{1,128}$/u.test(sub) ? await professionals.get(sub) : null;
  if (!person || !authority.reaches('account', 'read', person)) throw notFound();
  return person;
}

/** How lists and titles name somebody. */
export function nameOf({ familyName, givenName }: Pick<Professional, 'familyName' | 'givenName'>): string {
  return `${givenName} ${familyName.toLocaleUpperCase('fr')}`;
}
