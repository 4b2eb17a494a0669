import type { Authority } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Desk } from '../desk.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { searchPeople, visibleMemberships, type PeopleFilter } from './search.ts';

const PAGE = 50;

/** `/admin/people`: choose the network, filter by any part of a name, open a person. */
export function createPeopleList(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly desk: Desk;
    readonly directory: Directory;
    readonly catalogue: Catalogue;
  },
): void {
  const { http, clock, desk, directory, catalogue } = deps;

  routes.get('/admin/people', ctx =>
    desk.openFor(ctx, ['account', 'read'], async ({ authority }) => {
      const filter = filterOf(ctx);
      const after = textOf(ctx, 'after');
      const page = await searchPeople(catalogue, authority, filter, {
        after,
        limit: PAGE,
        nowMs: clock.nowMs(),
      });
      await http.render(ctx, 'admin/people', {
        filter,
        total: page.total,
        isFirst: after === undefined,
        rows: page.items.map(entry => rowOf(entry, authority)),
        next: page.next === undefined ? null : linkTo({ ...filter, after: page.next }),
        first: linkTo(filter),
        networks: await networksOf(authority),
        profiles: profilesOf(),
        mayCreate: authority.mayAnywhere('account', 'create'),
      });
    }),
  );

  function rowOf(entry: CatalogueEntry, authority: Authority) {
    const { codes } = directory;
    return {
      sub: entry.sub,
      name: `${entry.familyName.toLocaleUpperCase('fr')} ${entry.givenName}`,
      login: entry.login,
      status: entry.status,
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

  const profilesOf = () => directory.codes.profiles();
}

function filterOf(ctx: Context): PeopleFilter {
  return {
    text: textOf(ctx, 'q'),
    network: textOf(ctx, 'network'),
    organisation: textOf(ctx, 'organisation'),
    profile: textOf(ctx, 'profile'),
    status: textOf(ctx, 'status'),
  };
}

/** One value of the query, `undefined` when it is empty or repeated. */
function textOf(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name];
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, 200) : undefined;
}

function linkTo({ text, ...filter }: PeopleFilter & { readonly after?: string }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ q: text, ...filter }))
    if (typeof value === 'string') query.set(name, value);
  return `/admin/people?${query}`;
}
