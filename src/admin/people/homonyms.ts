import type { Authority } from '#access/index.ts';
import { fold } from '#kernel/index.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';

/**
 * People of the branch with the same names, accents and case apart, either name first. SECURITY: the branch is the
 * first condition: a namesake of elsewhere is not told.
 */
export async function homonymsOf(
  catalogue: Catalogue,
  authority: Authority,
  { givenName, familyName }: { readonly givenName: string; readonly familyName: string },
): Promise<readonly CatalogueEntry[]> {
  const [given, family] = [fold(givenName), fold(familyName)];
  const same = ({ order }: CatalogueEntry) => {
    const [otherFamily, otherGiven] = order.split('\u0000');
    return (
      (otherFamily === family && otherGiven === given) || (otherFamily === given && otherGiven === family)
    );
  };
  return (await catalogue.entries()).filter(
    entry => same(entry) && authority.reaches('account', 'read', entry),
  );
}
