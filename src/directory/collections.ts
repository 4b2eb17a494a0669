import type { CollectionSpec, Doc } from '#store/index.ts';
import type { Application, Network, Organisation, Professional, RegionInfo } from './types.ts';

/** The one key of the index `sessionsToEnd`. */
export const SESSIONS_TO_END = 'yes';

export const professionalsSpec: CollectionSpec<Professional> = {
  name: 'professionals',
  // Decisions keep what people hold in memory.
  followed: true,
  version: 6,
  indexes: {
    nationalId: { key: professional => professional.nationalIds, unique: true },
    // Found from either name: the person who searches rarely knows which is which.
    name: {
      key: ({ givenName, familyName }) => [`${familyName} ${givenName}`, `${givenName} ${familyName}`],
      folded: true,
    },
    email: { key: professional => professional.email, folded: true },
    phone: { key: professional => professional.phone },
    network: { key: ({ memberships }) => [...new Set(memberships.map(({ network }) => network))] },
    organisation: {
      key: ({ memberships }) => [...new Set(memberships.flatMap(({ organisation }) => organisation ?? []))],
    },
    branch: { key: professional => professional.branch },
    profile: { key: ({ memberships }) => [...new Set(memberships.map(({ profile }) => profile))] },
    // Whoever keeps a copy re-reads the minutes, the seconds or the tenths of a second since it last looked.
    changed: {
      key: ({ changedAtMs }) => (changedAtMs === undefined ? null : new Date(changedAtMs).toISOString()),
    },
    sessionsToEnd: { key: ({ hasSessionsToEnd }) => (hasSessionsToEnd === true ? SESSIONS_TO_END : null) },
  },
};

export const organisationsSpec: CollectionSpec<Organisation> = {
  name: 'organisations',
  version: 1,
  indexes: {
    name: { key: organisation => organisation.name, folded: true },
    parent: { key: organisation => organisation.parent },
    finess: { key: organisation => organisation.finess },
  },
};

export const networksSpec: CollectionSpec<Network> = {
  name: 'networks',
  version: 1,
  indexes: { name: { key: network => network.name, folded: true } },
};

export const applicationsSpec: CollectionSpec<Application> = {
  name: 'applications',
  version: 1,
  indexes: {
    name: { key: application => application.name, folded: true },
    network: { key: application => application.network },
  },
};

/** One document: what the region says of itself. */
export interface RegionDoc extends Doc {
  readonly info: RegionInfo;
}

export const regionSpec: CollectionSpec<RegionDoc> = { name: 'region', version: 1, indexes: {} };
