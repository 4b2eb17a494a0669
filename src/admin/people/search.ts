import type { Authority } from '#access/index.ts';
import { isInForce, type Membership } from '#directory/index.ts';
import { fold } from '#kernel/index.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';

/** What a list of people is narrowed to. Everything optional; all of it must hold. */
export interface PeopleFilter {
  /** Any parts of names, login, e-mail or national identifier, in any order. */
  readonly text?: string | undefined;
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
  readonly profile?: string | undefined;
  readonly status?: string | undefined;
  /** What else must hold: somebody who left, an account that nobody uses. */
  readonly matches?: ((entry: CatalogueEntry) => boolean) | undefined;
}

export interface PeoplePage {
  readonly items: readonly CatalogueEntry[];
  /** Of all pages, within the branch. */
  readonly total: number;
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

/**
 * People whom `authority` may read, narrowed, in order of name. SECURITY: the branch is the first condition: what lies
 * outside is neither listed, counted nor searched, and memberships of elsewhere narrow nothing.
 */
export async function searchPeople(
  catalogue: Catalogue,
  authority: Authority,
  filter: PeopleFilter,
  page: { readonly after?: string | undefined; readonly limit: number; readonly nowMs: number },
): Promise<PeoplePage> {
  const words = fold(filter.text ?? '')
    .split(/\s+/u)
    .filter(word => word !== '');
  const matches = (entry: CatalogueEntry) =>
    (filter.status === undefined || entry.status === filter.status) &&
    words.every(word => entry.text.includes(word)) &&
    (filter.matches === undefined || filter.matches(entry)) &&
    authority.reaches('account', 'read', entry) &&
    matchesMembership(entry, authority, filter, page.nowMs);

  const items: CatalogueEntry[] = [];
  let total = 0;
  let hasMore = false;
  for (const entry of await catalogue.entries()) {
    if (!matches(entry)) continue;
    total += 1;
    if (page.after !== undefined && entry.order <= page.after) continue;
    if (items.length < page.limit) items.push(entry);
    else hasMore = true;
  }
  const last = items.at(-1);
  return { items, total, ...(hasMore && last && { next: last.order }) };
}

/** Those of a person's memberships that this authority may see. */
export function visibleMemberships<M extends Membership>(
  memberships: readonly M[],
  authority: Authority,
): readonly M[] {
  return memberships.filter(({ network, organisation }) =>
    authority.may('membership', 'read', { network, organisation }),
  );
}

function matchesMembership(
  entry: CatalogueEntry,
  authority: Authority,
  { network, organisation, profile }: PeopleFilter,
  nowMs: number,
): boolean {
  if (network === undefined && organisation === undefined && profile === undefined) return true;
  return entry.memberships.some(
    held =>
      (network === undefined || held.network === network) &&
      (organisation === undefined || held.organisation === organisation) &&
      (profile === undefined || held.profile === profile) &&
      isInForce(held, nowMs) &&
      authority.may('membership', 'read', held),
  );
}
