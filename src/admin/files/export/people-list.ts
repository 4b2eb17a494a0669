import type { Authority } from '#access/index.ts';
import type { Accounts } from '#accounts/index.ts';
import { hasUnprovenPhone, type Directory, type Membership, type Professional } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Catalogue } from '../../people/catalogue.ts';
import { dayOf, lastDayOf } from '../../people/days.ts';
import { searchPeople, visibleMemberships } from '../../people/search.ts';
import { situationOf } from '../../people/situations.ts';
import type { ExportedList } from './list.ts';

interface PersonRow {
  readonly person: Professional;
  readonly login: string | null;
  /** One row a membership; a person without any has one row. */
  readonly membership: Membership | undefined;
  readonly names: (kind: 'network' | 'organisation', id: string | undefined) => string | undefined;
}

const STATES = { active: 'Actif', suspended: 'Suspendu', closed: 'Fermé' } as const;

/**
 * The people of `/admin/people`, with the same filters: a line for each profile that is seen, so that a spreadsheet can
 * sort and count them. The columns are those of the template of imports, and come back as they went.
 */
export function peopleList(deps: {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
}): ExportedList<PersonRow> {
  const { directory, accounts, catalogue, clock } = deps;
  const { codes } = directory;

  async function namesFor(authority: Authority): Promise<PersonRow['names']> {
    const organisations = new Map(
      (await directory.organisations.all())
        .filter(({ id }) => authority.may('organisation', 'read', { organisation: id }))
        .map(({ id, name, finess }) => [id, finess ?? name]),
    );
    const networks = new Map((await directory.networks.all()).map(({ id, name }) => [id, name]));
    return (kind, id) =>
      id === undefined ? undefined : kind === 'network' ? (networks.get(id) ?? id) : organisations.get(id);
  }

  return {
    name: 'people',
    right: ['account', 'read'],
    filters: ['q', 'network', 'organisation', 'profile', 'status', 'situation'],
    columns: [
      { title: 'Civilité', value: ({ person }) => person.civility },
      { title: 'Nom', value: ({ person }) => person.familyName },
      { title: 'Prénom', value: ({ person }) => person.givenName },
      { title: 'Adresse électronique', value: ({ person }) => person.email },
      { title: 'Téléphone mobile', value: ({ person }) => person.phone },
      {
        title: 'Téléphone vérifié',
        value: ({ person }) =>
          person.phone === undefined ? undefined : hasUnprovenPhone(person) ? 'non' : 'oui',
      },
      // Numbers of a structure's own are not what the column of a list takes back: the whole identifier is.
      {
        title: 'RPPS',
        value: ({ person }) => person.nationalIds.map(id => id.replace(/^8(?=\d{11}$)/u, '')).join(' '),
      },
      {
        title: 'Profession',
        value: ({ person }) =>
          person.profession === undefined ? undefined : codes.profession(person.profession).label,
      },
      { title: 'Identifiant', value: ({ login }) => login },
      { title: 'État', value: ({ person }) => STATES[person.status] },
      {
        title: 'Établissement',
        value: ({ membership, names }) => names('organisation', membership?.organisation),
      },
      { title: 'Réseau', value: ({ membership, names }) => names('network', membership?.network) },
      {
        title: 'Profil',
        value: ({ membership }) => membership && codes.profile(membership.profile).label,
      },
      { title: 'Début', value: ({ membership }) => dayOf(membership?.fromMs) },
      { title: 'Fin', value: ({ membership }) => lastDayOf(membership?.toMs) },
    ],
    async read(authority, { q: text, situation, ...filter }) {
      const nowMs = clock.nowMs();
      const { items } = await searchPeople(
        catalogue,
        authority,
        { ...filter, text, matches: await situationOf(situation, { accounts, nowMs }) },
        { limit: Number.MAX_SAFE_INTEGER, nowMs },
      );
      const names = await namesFor(authority);
      async function* rows(): AsyncGenerator<PersonRow> {
        for (const { sub, login } of items) {
          const person = await directory.professionals.get(sub);
          // Read afresh: whoever left the branch meanwhile is not given out.
          if (!person || !authority.reaches('account', 'read', person)) continue;
          const seen = visibleMemberships(person.memberships, authority);
          for (const membership of seen.length > 0 ? seen : [undefined])
            yield { person, login, membership, names };
        }
      }
      return { count: items.length, rows: rows() };
    },
  };
}
