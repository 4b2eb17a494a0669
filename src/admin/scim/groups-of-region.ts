import type { Authority } from '#access/index.ts';
import type { Directory, Membership } from '#directory/index.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import { visibleMemberships } from '../people/search.ts';

/** A profile, in a network, in an organisation or in the network as a whole: what memberships are members of. */
export interface GroupPlace {
  readonly network: string;
  readonly organisation?: string;
  readonly profile: string;
}

/** Stable, and made of ids only: none of them has a dot. */
export function groupIdOf({ network, organisation, profile }: GroupPlace): string {
  return [network, organisation ?? '', profile].join('.');
}

export function placeOfGroup(id: string): GroupPlace | undefined {
  const [network, organisation, profile, ...more] = id.split('.');
  if (!network || organisation === undefined || !profile || more.length > 0) return undefined;
  return { network, ...(organisation !== '' && { organisation }), profile };
}

/** The groups that there may be, and how people call them. */
export interface GroupsOfRegion {
  /** Every one that the authority may see, in order of id; with or without members. */
  all(authority: Authority): Promise<readonly GroupPlace[]>;
  /** Says nothing of whether anybody may see it. */
  exists(place: GroupPlace): Promise<boolean>;
  nameOf(place: GroupPlace): Promise<string>;
}

export function createGroupsOfRegion({ codes, networks, organisations }: Directory): GroupsOfRegion {
  const profiles = codes.profiles().map(({ code }) => code);
  const takesPart = (its: readonly string[], network: string) => its.length === 0 || its.includes(network);
  return {
    async all(authority) {
      const [everyNetwork, everyOrganisation] = await Promise.all([networks.all(), organisations.all()]);
      const places = everyNetwork.flatMap(({ id: network }) => [
        { network },
        ...everyOrganisation
          .filter(its => takesPart(its.networks, network))
          .map(({ id: organisation }) => ({ network, organisation })),
      ]);
      return places
        .filter(place => authority.may('membership', 'read', place))
        .flatMap(place => profiles.map(profile => ({ ...place, profile })))
        .sort((a, b) => (groupIdOf(a) < groupIdOf(b) ? -1 : 1));
    },
    async exists({ network, organisation, profile }) {
      const [ofNetwork, at] = await Promise.all([
        networks.get(network),
        organisation === undefined ? null : organisations.get(organisation),
      ]);
      const isPlace = organisation === undefined || (at !== null && takesPart(at.networks, network));
      return ofNetwork !== null && isPlace && profiles.includes(profile);
    },
    async nameOf({ network, organisation, profile }) {
      const [ofNetwork, at] = await Promise.all([
        networks.get(network),
        organisation === undefined ? null : organisations.get(organisation),
      ]);
      return [codes.profile(profile).label, at?.name ?? organisation, ofNetwork?.name ?? network]
        .filter(Boolean)
        .join(' — ');
    },
  };
}

/** The groups that this person is a member of, as far as the authority sees: memberships that are not over. */
export function groupsOf(
  memberships: readonly Membership[],
  authority: Authority,
  nowMs: number,
): readonly GroupPlace[] {
  const seen = new Map<string, GroupPlace>();
  for (const held of visibleMemberships(memberships, authority).filter(
    ({ toMs }) => toMs === undefined || toMs > nowMs,
  ))
    seen.set(groupIdOf(held), held);
  return [...seen.values()];
}

/** Who is a member of which group, by its id, among those whom the authority may read. */
export function membersByGroup(
  entries: readonly CatalogueEntry[],
  authority: Authority,
  nowMs: number,
): ReadonlyMap<string, readonly CatalogueEntry[]> {
  const members = new Map<string, CatalogueEntry[]>();
  for (const entry of entries) {
    if (entry.status === 'closed' || !authority.reaches('account', 'read', entry)) continue;
    for (const place of groupsOf(entry.memberships, authority, nowMs)) {
      const id = groupIdOf(place);
      const known = members.get(id);
      if (known) known.push(entry);
      else members.set(id, [entry]);
    }
  }
  return members;
}
