import type { Authority } from '#access/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { queryText } from '../forms.ts';
import { branchOf } from '../organisations/tree.ts';
import { searchPeople, type PeoplePage } from '../people/search.ts';
import type { EventCatalogue } from './catalogue-of-events.ts';
import { filterOf, linkTo, type TrailFilter } from './filters.ts';
import type { Asked, TrailReader } from './reader.ts';
import { visitorOf } from './visitor.ts';
import { readRecordKey } from './record-key.ts';
import { rowOf } from './rows.ts';
import { auditsEverything } from './scope.ts';

/** Lines on a page. */
const PAGE = 50;
/** People offered for a part of a name. */
const MOST_PEOPLE = 20;

/** `/admin/trail`: the log within the branch, the newest first, and `/admin/trail/mine`: what one did oneself. */
export function createTrailList(
  routes: Router,
  context: AdminContext,
  { reader, events }: { readonly reader: TrailReader; readonly events: () => EventCatalogue },
): void {
  const { http, desk, clock, catalogue, directory } = context;

  routes.get('/admin/trail', ctx =>
    desk.openFor(ctx, ['audit', 'read'], async clerk => {
      const filter = filterOf(ctx);
      if (filter.record !== undefined) readRecordKey(filter.record);
      await show(ctx, clerk, { view: 'list', filter, after: queryText(ctx, 'after') });
    }),
  );

  /** Whoever administers sees their own acts, whatever else they may read. */
  routes.get('/admin/trail/mine', ctx =>
    desk.open(ctx, async clerk => {
      const { act, from, to } = filterOf(ctx);
      await show(ctx, clerk, {
        view: 'mine',
        filter: { person: clerk.sub, act, from, to },
        only: line => line.actor === clerk.sub,
        after: queryText(ctx, 'after'),
      });
    }),
  );

  async function show(ctx: Context, clerk: Clerk, asked: Asked): Promise<void> {
    const { authority } = clerk;
    const isMine = asked.view === 'mine';
    const { filter, after } = asked;
    // A part of a name is a question of its own: whom do you mean?
    const people =
      filter.q !== undefined && filter.person === undefined ? await named(filter.q, authority) : null;
    const reading = await reader.open(visitorOf(http, ctx, clerk), asked);
    const { scope } = reading;
    const page = people ? { items: [], isUnfinished: false } : await reading.page(after, PAGE);
    const path = isMine ? '/admin/trail/mine' : '/admin/trail';
    const shown: TrailFilter = isMine ? { ...filter, person: undefined } : filter;
    const isOfRegion = authority.may('audit', 'read', {});
    await http.render(ctx, 'admin/trail', {
      isMine,
      path,
      filter: shown,
      acts: events().choices,
      branches: isMine
        ? []
        : branchOf(await directory.organisations.all(), authority).map(({ organisation, depth }) => ({
            value: organisation.id,
            label: `${'– '.repeat(depth)}${organisation.name}`,
          })),
      isOfRegion,
      maySeeOthers: authority.mayAnywhere('audit', 'read'),
      mayExport: auditsEverything(authority, await directory.networks.all()),
      people: people && {
        total: people.total,
        items: people.items.map(({ sub, givenName, familyName, login }) => ({
          name: `${givenName} ${familyName.toLocaleUpperCase('fr')}`,
          login,
          href: linkTo(path, { ...shown, q: undefined, person: sub }),
        })),
      },
      person:
        !isMine && filter.person !== undefined
          ? { sub: filter.person, name: scope.nameOf(filter.person) }
          : null,
      withoutPerson: linkTo(path, { ...shown, person: undefined, q: undefined }),
      rows: page.items.map(line => rowOf(line, scope, events())),
      isUnfinished: page.isUnfinished,
      readBackToMs: page.readBackTo === undefined ? null : Date.parse(page.readBackTo),
      isFirst: after === undefined,
      first: linkTo(path, shown),
      csv: linkTo('/admin/trail/csv', { ...shown, q: undefined }),
      next: page.next === undefined ? null : linkTo(path, shown, { after: page.next }),
    });
  }

  const named = (text: string, authority: Authority): Promise<PeoplePage> =>
    searchPeople(catalogue, authority, { text }, { limit: MOST_PEOPLE, nowMs: clock.nowMs() });
}
