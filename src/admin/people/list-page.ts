import type { Authority } from '#access/index.ts';
import type { Accounts } from '#accounts/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Desk } from '../desk.ts';
import { queryText } from '../forms.ts';
import { BULK_ACTIONS } from './bulk-actions.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { searchPeople, visibleMemberships } from './search.ts';
import { situationOf, SITUATIONS } from './situations.ts';

const PAGE = 50;
/** Lists of who needs a look are worked through: as many as one go of acts takes. */
const LONG_PAGE = 200;

/** What stands in the address of a list. */
interface Asked {
  readonly q: string | undefined;
  readonly network: string | undefined;
  readonly organisation: string | undefined;
  readonly profile: string | undefined;
  readonly status: string | undefined;
  readonly situation: string | undefined;
}

/** `/admin/people`: choose the network, filter by any part of a name, open a person, or choose some for one act. */
export function createPeopleList(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly desk: Desk;
    readonly directory: Directory;
    readonly accounts: Accounts;
    readonly catalogue: Catalogue;
  },
): void {
  const { http, clock, desk, directory, accounts, catalogue } = deps;

  routes.get('/admin/people', ctx =>
    desk.openFor(ctx, ['account', 'read'], async ({ authority }) => {
      const asked = askedBy(ctx);
      const after = queryText(ctx, 'after');
      const nowMs = clock.nowMs();
      const { q: text, situation, ...filter } = asked;
      const page = await searchPeople(
        catalogue,
        authority,
        { ...filter, text, matches: await situationOf(situation, { accounts, nowMs }) },
        { after, limit: situation === undefined ? PAGE : LONG_PAGE, nowMs },
      );
      await http.render(ctx, 'admin/people', {
        filter: asked,
        total: page.total,
        isFirst: after === undefined,
        rows: await Promise.all(page.items.map(entry => rowOf(entry, authority, situation !== undefined))),
        showsLastSignIn: situation !== undefined,
        next: page.next === undefined ? null : linkTo({ ...asked, after: page.next }),
        first: linkTo(asked),
        networks: await networksOf(authority),
        organisation: await organisationOf(asked.organisation, authority),
        profiles: directory.codes.profiles(),
        situations: SITUATIONS,
        bulkActions: BULK_ACTIONS.filter(({ right: [type, action] }) => authority.mayAnywhere(type, action)),
        mayCreate: authority.mayAnywhere('account', 'create'),
      });
    }),
  );

  async function rowOf(entry: CatalogueEntry, authority: Authority, withLastSignIn: boolean) {
    const { codes } = directory;
    return {
      sub: entry.sub,
      name: `${entry.familyName.toLocaleUpperCase('fr')} ${entry.givenName}`,
      login: entry.login,
      status: entry.status,
      lastSignIn: withLastSignIn ? await accounts.activity.lastOf(entry.sub) : null,
      profession: entry.profession === undefined ? null : codes.profession(entry.profession).label,
      profiles: [
        ...new Set(
          visibleMemberships(entry.memberships, authority).map(({ profile }) => codes.profile(profile).label),
        ),
      ],
    };
  }

  async function networksOf(authority: Authority) {
    const all = await directory.networks.all();
    return all
      .filter(({ id }) => authority.mayInNetwork('network', 'read', id))
      .map(({ id, name }) => ({ id, name }));
  }

  /** The establishment that the list is narrowed to, by the link of its page. */
  async function organisationOf(id: string | undefined, authority: Authority) {
    if (id === undefined || !authority.may('organisation', 'read', { organisation: id })) return null;
    const found = await directory.organisations.get(id);
    return found && { id, name: found.name };
  }
}

function askedBy(ctx: Context): Asked {
  return {
    q: queryText(ctx, 'q'),
    network: queryText(ctx, 'network'),
    organisation: queryText(ctx, 'organisation'),
    profile: queryText(ctx, 'profile'),
    status: queryText(ctx, 'status'),
    situation: queryText(ctx, 'situation'),
  };
}

function linkTo(asked: Asked & { readonly after?: string }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (typeof value === 'string') query.set(name, value);
  return `/admin/people?${query}`;
}
