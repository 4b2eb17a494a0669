import type { MembershipFacts, PersonFacts } from '../facts/facts.ts';
import type { AdministrationType } from '../vocabulary.ts';
import { ROOT_ORGANISATION, type OrganisationTree } from './tree.ts';

/** Where something is: in a network, in an organisation, in both, or (neither) in the region as a whole. */
export interface Place {
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
}

/** A profile that administers, and its branch. */
export interface Office {
  readonly profile: string;
  /** `undefined`: all networks (an application of the region). */
  readonly network: string | undefined;
  /** The top of the branch; `undefined`: every organisation of the network. */
  readonly organisation: string | undefined;
  /** It covers what lies in its network and nothing else: neither the region’s own nor an organisation as such. */
  readonly isNetworkOnly?: boolean;
}

/** A person, as far as branches are concerned. */
export type Located = Pick<PersonFacts, 'memberships'> & { readonly branch?: string | undefined };

/**
 * What an administrator may see and do, and where: one snapshot of policy, tree and profiles, for one request. The same
 * object filters lists and judges single acts, so that both always agree.
 */
export interface Authority {
  readonly offices: readonly Office[];
  /** True when some office may do that there. */
  may(type: AdministrationType, action: string, place: Place): boolean;
  /** The offices that may do that there. */
  officesFor(type: AdministrationType, action: string, place: Place): readonly Office[];
  /** True when some office of that network may do that: what belongs to a network and to no organisation. */
  mayInNetwork(type: AdministrationType, action: string, network: string): boolean;
  /** True when some office may do that somewhere: whether a page has a place in the menu. */
  mayAnywhere(type: AdministrationType, action: string): boolean;
  /** True when the person belongs, by a membership that is not over or by their branch, to what some such office covers. */
  reaches(type: AdministrationType, action: string, person: Located): boolean;
  /** True when everything that the person belongs to is covered: what is done to the account touches no other branch. */
  reachesWhole(type: AdministrationType, action: string, person: Located): boolean;
  /** Profiles that the office may give or remove there, by the table of grants. */
  givable(place: Place): readonly string[];
  /** True when every profile that administers, held by that person, is one that this authority may give where it is held. */
  isAbove(person: Located): boolean;
}

export interface AuthorityRules {
  allows(profile: string, type: AdministrationType, action: string): boolean;
  gives(giver: string, given: string): boolean;
  /** All profiles, for lists to choose from. */
  readonly profiles: readonly string[];
  isPrivileged(profile: string): boolean;
}

export function createAuthority(
  offices: readonly Office[],
  { rules, tree, atMs }: { rules: AuthorityRules; tree: OrganisationTree; atMs: number },
): Authority {
  const isRegional = ({ profile }: Office) => profile === 'administrateur_regional';
  const isWide = (office: Office) =>
    isRegional(office) || office.organisation === undefined || office.organisation === ROOT_ORGANISATION;

  function covers(office: Office, { network, organisation }: Place): boolean {
    if (office.isNetworkOnly) return network === office.network;
    if (
      !isRegional(office) &&
      office.network !== undefined &&
      network !== undefined &&
      office.network !== network
    )
      return false;
    if (isWide(office)) return true;
    // What belongs to a network only is seen by who administers a part of it; the region's own by who administers it all.
    if (organisation === undefined) return false;
    return tree.isWithin(organisation, office.organisation ?? '');
  }

  /** Coming ones count: whoever is about to arrive is prepared by who receives them. */
  const notOver = ({ toMs }: MembershipFacts) => toMs === undefined || atMs < toMs;

  const placesOf = (person: Located): readonly Place[] => [
    ...person.memberships.filter(notOver).map(({ network, organisation }) => ({ network, organisation })),
    ...(person.branch === undefined ? [] : [{ organisation: person.branch }]),
  ];

  /** People are found by where they work, whatever the network: that is how they come to be added to another one. */
  function coversPlaceOfPerson(office: Office, { network, organisation }: Place): boolean {
    if (isRegional(office)) return true;
    if (office.organisation === undefined)
      return office.network === undefined || (network !== undefined && network === office.network);
    if (office.organisation === ROOT_ORGANISATION) return true;
    return organisation !== undefined && tree.isWithin(organisation, office.organisation);
  }

  /** A list asks the same for each of tens of thousands of people: the rows of the policy are read once. */
  const held = new Map<string, readonly Office[]>();
  function holding(type: AdministrationType, action: string): readonly Office[] {
    const key = `${type} ${action}`;
    const known = held.get(key);
    if (known) return known;
    const able = offices.filter(({ profile }) => rules.allows(profile, type, action));
    held.set(key, able);
    return able;
  }

  const officesFor = (type: AdministrationType, action: string, place: Place) =>
    holding(type, action).filter(office => covers(office, place));

  const givable = (place: Place) => {
    const givers = officesFor('membership', 'give', place);
    return rules.profiles.filter(given => givers.some(({ profile }) => rules.gives(profile, given)));
  };

  return {
    offices,
    officesFor,
    givable,
    may: (type, action, place) => officesFor(type, action, place).length > 0,
    mayInNetwork: (type, action, network) =>
      holding(type, action).some(
        office => isRegional(office) || office.network === undefined || office.network === network,
      ),
    mayAnywhere: (type, action) => holding(type, action).length > 0,
    reaches(type, action, person) {
      const able = holding(type, action);
      if (able.length === 0) return false;
      if (able.some(isRegional)) return true;
      const { memberships, branch } = person;
      const isCovered = (place: Place) => able.some(office => coversPlaceOfPerson(office, place));
      return (
        memberships.some(membership => notOver(membership) && isCovered(membership)) ||
        (branch !== undefined && isCovered({ organisation: branch }))
      );
    },
    reachesWhole(type, action, person) {
      const able = holding(type, action);
      if (able.some(isRegional)) return true;
      const home = person.branch;
      if (home !== undefined) return able.some(office => coversPlaceOfPerson(office, { organisation: home }));
      const places = placesOf(person);
      return (
        places.length > 0 && places.every(place => able.some(office => coversPlaceOfPerson(office, place)))
      );
    },
    isAbove: person =>
      person.memberships
        .filter(held => notOver(held) && rules.isPrivileged(held.profile))
        .every(held => givable(held).includes(held.profile)),
  };
}
