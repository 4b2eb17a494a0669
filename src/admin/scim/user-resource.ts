import type { z } from 'zod';
import type { personSchema } from '../api/schemas.ts';
import { ENTERPRISE, PROFESSIONAL, type Resource } from './library.ts';

type Person = z.input<typeof personSchema>;

/** What a provisioning application says of a person: `undefined` was not said. */
export interface WantedUser {
  readonly externalId: string | undefined;
  readonly userName: string;
  readonly active: boolean | undefined;
  /** The home organisation. */
  readonly organisation: string | undefined;
  /** In the names of the acts; an empty text or list takes the value away. */
  readonly identity: Readonly<Record<string, unknown>>;
}

/** A group of a user, as the user's resource names it. */
export interface GroupOfUser {
  readonly value: string;
  readonly display: string;
}

/** The person as a SCIM user. `userName` is the login, or the `sub` while no account is open. */
export function toUser(
  person: Omit<Person, 'memberships' | 'phone' | 'specialties' | 'national_ids' | 'civility'> &
    Partial<Pick<Person, 'phone' | 'specialties' | 'national_ids' | 'civility'>>,
  groups: readonly GroupOfUser[],
  externalId: string | undefined,
): Resource {
  const formatted = `${person.given_name} ${person.family_name}`;
  return {
    id: person.sub,
    ...(externalId !== undefined && { externalId }),
    userName: person.login ?? person.sub,
    name: {
      givenName: person.given_name,
      familyName: person.family_name,
      formatted,
      ...(person.civility && { honorificPrefix: person.civility }),
    },
    displayName: formatted,
    ...(person.profession_label && { title: person.profession_label }),
    active: person.status === 'active',
    ...(person.email && { emails: [{ value: person.email, type: 'work', primary: true }] }),
    ...(person.phone && { phoneNumbers: [{ value: person.phone, type: 'work', primary: true }] }),
    ...(groups.length > 0 && { groups: groups.map(group => ({ ...group, type: 'direct' })) }),
    ...(person.organisation && { [ENTERPRISE]: { organization: person.organisation } }),
    [PROFESSIONAL]: {
      status: person.status,
      ...(person.profession && { profession: person.profession }),
      ...(person.specialties?.length && { specialties: person.specialties }),
      ...(person.national_ids?.length && { nationalIds: person.national_ids }),
    },
  };
}

interface Valued {
  readonly value?: string;
  readonly primary?: boolean;
}

/**
 * Reads a user as it is wanted. SPEC: RFC 7644 §3.5.1: what a PUT leaves out of the core is taken away; our own
 * extension is left alone by whoever does not know it, unless `isWhole`.
 */
export function readUser(resource: Resource, isWhole: boolean): WantedUser {
  const {
    externalId,
    userName,
    name = {},
    active,
    emails,
    phoneNumbers,
    [ENTERPRISE]: enterprise,
    [PROFESSIONAL]: professional = isWhole ? {} : undefined,
  } = resource as {
    readonly externalId?: string;
    readonly userName: string;
    readonly name?: { givenName?: string; familyName?: string; honorificPrefix?: string };
    readonly active?: boolean;
    readonly emails?: readonly Valued[];
    readonly phoneNumbers?: readonly Valued[];
    readonly [ENTERPRISE]?: { organization?: string };
    readonly [PROFESSIONAL]?: {
      profession?: string;
      specialties?: readonly string[];
      nationalIds?: readonly string[];
    };
  };
  return {
    externalId,
    userName,
    active,
    organisation: enterprise?.organization,
    identity: {
      given_name: name.givenName,
      family_name: name.familyName,
      civility: civilityOf(name.honorificPrefix),
      email: mainOf(emails),
      phone: mainOf(phoneNumbers).replace(/^tel:/u, ''),
      ...(professional && {
        profession: professional.profession ?? '',
        specialties: [...new Set(professional.specialties)],
        national_ids: [...new Set(professional.nationalIds)],
      }),
    },
  };
}

/** As the applications of many houses write it. What is no civility (a title) is not said here: it stays as it was. */
function civilityOf(prefix: string | undefined): string | undefined {
  if (prefix === undefined) return '';
  return CIVILITIES[prefix.toLowerCase().replace(/\.$/u, '')];
}

const CIVILITIES: Readonly<Record<string, string>> = {
  m: 'M',
  mr: 'M',
  monsieur: 'M',
  mme: 'MME',
  madame: 'MME',
  mrs: 'MME',
  ms: 'MME',
};

/** The region knows one address and one number: the primary one (the last said to be), else the first. */
function mainOf(values: readonly Valued[] = []): string {
  return (values.findLast(({ primary }) => primary) ?? values[0])?.value ?? '';
}
