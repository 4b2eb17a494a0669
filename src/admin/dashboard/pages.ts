import type { Authority } from '#access/index.ts';
import type Router from '@koa/router';
import { actorOf } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { queryText } from '../forms.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import { nameOf } from '../people/seen.ts';
import { dormant } from '../people/situations.ts';
import type { EmergencyViews } from '../emergencies/views.ts';
import type { ListWatch } from '../reference/index.ts';
import type { WorkList } from '../requests/work-list.ts';
import type { ReviewViews } from '../reviews/views.ts';
import { countFigures, FIGURES, findingsOf } from './figures.ts';

const DAY_MS = 86_400_000;
const PAGE = 50;
const DORMANT_DAYS = 90;
const MOST_REVIEWED = 50;
/** Counted no further: « 100 ou plus » says enough of what waits. */
const MOST_UNEXAMINED = 100;

/** What the first page counts of the other parts. */
export interface DashboardSources {
  readonly reviews: ReviewViews;
  readonly workList: WorkList;
  readonly emergencies: EmergencyViews;
  readonly watches: readonly ListWatch[];
}

/** A row of the table of reviews; nothing but the network while none was closed there. */
interface LastReview {
  readonly network: string;
  readonly place: string | null;
  readonly href: string | null;
  readonly closedAtMs: number | null;
}

/** `/admin`: what needs attention in the branch, and its compliance figures, each with its definition and its list. */
export function createDashboardPages(
  routes: Router,
  context: AdminContext,
  { reviews, watches, workList, emergencies }: DashboardSources,
): void {
  const { http, desk, acts, catalogue, clock, directory, deliveries, accounts } = context;

  async function openReviews(authority: Authority, actor: string) {
    const nowMs = clock.nowMs();
    const open = (await reviews.seen(authority)).filter(
      ({ startMs, endMs, closedAtMs }) => closedAtMs === undefined && startMs <= nowMs && nowMs < endMs,
    );
    return (await reviews.counted(open, authority, actor))
      .filter(({ mine }) => mine > 0)
      .map(({ id, name, mine, endMs }) => ({ id, name, mine, days: Math.ceil((endMs - nowMs) / DAY_MS) }));
  }

  /** The newest review that was closed, for each establishment and network; networks without any say so. */
  async function lastReviews(authority: Authority): Promise<readonly LastReview[]> {
    const networks = (await directory.networks.all()).filter(({ id }) =>
      authority.mayInNetwork('review', 'read', id),
    );
    const places = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
    const newest = new Map<
      string,
      { network: string; organisation: string; id: string; closedAtMs: number }
    >();
    for (const { id, network, organisation, closedAtMs } of await reviews.seen(authority)) {
      const key = `${network}/${organisation}`;
      if (closedAtMs !== undefined && !newest.has(key))
        newest.set(key, { id, network, organisation, closedAtMs });
    }
    return networks.flatMap(({ id, name }): LastReview[] => {
      const done = [...newest.values()].filter(({ network }) => network === id);
      if (done.length === 0) return [{ network: name, place: null, href: null, closedAtMs: null }];
      return done.map(review => ({
        network: name,
        place: places.get(review.organisation) ?? 'Toute la région',
        href: `/admin/reviews/${review.id}`,
        closedAtMs: review.closedAtMs,
      }));
    });
  }

  async function givenUp(authority: Authority): Promise<number | null> {
    if (!authority.may('delivery', 'read', {})) return null;
    const { kinds } = await deliveries.health();
    return kinds.reduce((sum, { dead }) => sum + dead, 0);
  }

  /** How many lists ask for the operator; `null` for whom the region’s own is none of their business. */
  async function staleLists(authority: Authority): Promise<number | null> {
    if (!authority.may('delivery', 'read', {})) return null;
    const lists = (await Promise.all(watches.map(watch => watch()))).flat();
    return lists.filter(({ state }) => state !== 'fresh' && state !== 'absent').length;
  }

  /** Requests for an account that wait for this administrator; `null` for whom they are none of the business. */
  async function openRequests(authority: Authority) {
    if (!authority.mayAnywhere('account_request', 'read')) return null;
    const { new: received, late, second } = await workList.counts(authority);
    return { received, late, second };
  }

  async function countDormant(
    entries: readonly CatalogueEntry[],
    authority: Authority,
    nowMs: number,
  ): Promise<number> {
    const isDormant = await dormant({ accounts, nowMs, days: DORMANT_DAYS });
    return entries.filter(entry => isDormant(entry) && authority.reaches('account', 'read', entry)).length;
  }

  routes.get('/admin', ctx =>
    desk.open(ctx, async ({ administrator, authority }) => {
      const actor = actorOf(administrator);
      const nowMs = clock.nowMs();
      const entries = await catalogue.entries();
      const [proposals, waiting, failed, stale, last, dormantCount, requests] = await Promise.all([
        acts.proposals(administrator),
        openReviews(authority, actor),
        givenUp(authority),
        staleLists(authority),
        lastReviews(authority),
        countDormant(entries, authority, nowMs),
        openRequests(authority),
      ]);
      const counts = countFigures(entries, authority, nowMs);
      const figures = FIGURES.map(({ key, group, label, definition }) => ({
        group,
        label,
        definition,
        count: counts.get(key) ?? 0,
        href: `/admin/figures/${key}`,
      }));
      await http.render(ctx, 'admin/dashboard', {
        toConfirm: proposals.filter(({ author }) => author !== actor).length,
        ownProposals: proposals.filter(({ author }) => author === actor).length,
        reviews: waiting,
        unexamined: await emergencies.awaiting(authority, actor, MOST_UNEXAMINED),
        mostUnexamined: MOST_UNEXAMINED,
        requests,
        failed,
        stale,
        attention: figures.filter(({ group }) => group === 'attention'),
        compliance: [
          ...figures.filter(({ group }) => group === 'compliance'),
          {
            label: 'Comptes dormants',
            definition: `Comptes actifs ouverts depuis plus de ${DORMANT_DAYS} jours, sans connexion depuis ${DORMANT_DAYS} jours.`,
            count: dormantCount,
            href: `/admin/people?situation=dormant-${DORMANT_DAYS}`,
          },
        ],
        last: last.slice(0, MOST_REVIEWED),
        actor,
        mayReadTrail: authority.mayAnywhere('audit', 'read'),
      });
    }),
  );

  routes.get('/admin/figures/:key', ctx =>
    desk.openFor(ctx, ['account', 'read'], async ({ authority }) => {
      const figure = FIGURES.find(({ key }) => key === ctx.params['key']);
      if (!figure) throw notFound();
      const found = findingsOf(figure, await catalogue.entries(), authority, clock.nowMs());
      const places = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
      const first = Math.max(0, Number.parseInt(queryText(ctx, 'from') ?? '0', 10) || 0);
      const base = `/admin/figures/${figure.key}`;
      await http.render(ctx, 'admin/dashboard-figure', {
        title: figure.label,
        definition: figure.definition,
        total: found.length,
        isFirst: first === 0,
        first: base,
        next: found.length > first + PAGE ? `${base}?from=${first + PAGE}` : null,
        rows: found.slice(first, first + PAGE).map(({ sub, name, membership, fact, atMs }) => ({
          sub,
          name: nameOf(name),
          profile: membership ? directory.codes.profile(membership.profile).label : null,
          place: membership ? (places.get(membership.organisation ?? '') ?? 'Tout le réseau') : null,
          fact,
          atMs: atMs ?? null,
        })),
      });
    }),
  );
}
