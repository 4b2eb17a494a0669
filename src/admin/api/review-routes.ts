import type { Administration } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import { z } from 'zod';
import { actorOf } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import type { LaunchAct } from '../reviews/launch-act.ts';
import type { LineActs } from '../reviews/line-acts.ts';
import type { Campaign } from '../reviews/records.ts';
import { reportRead } from '../reviews/report-page.ts';
import type { CampaignView, LineView, ReviewViews } from '../reviews/views.ts';
import type { createActRoutes } from './act-route.ts';
import { reviewLineSchema, reviewReportSchema, reviewSchema } from './oversight-schemas.ts';
import { pageOf } from './paging.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Revues d’habilitations';
const named = z.strictObject({ review: idField });
const review = { schema: reviewSchema, words: { fr: 'La revue', en: 'The review' } };
const line = { schema: reviewLineSchema, words: { fr: 'La ligne', en: 'The line' } };

/** Access reviews: what the application sees of them, and the answers that its branch gives. */
export function reviewRoutes(deps: {
  readonly administration: Administration;
  readonly audit: Audit;
  readonly reviews: ReviewViews;
  readonly reviewActs: LineActs & { readonly launch: LaunchAct };
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, audit, reviews, reviewActs, actRoute } = deps;

  async function authorityOf({ administrator }: Caller) {
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayAnywhere('review', 'read')) throw notFound();
    return authority;
  }

  const open = async (caller: Caller, id: string) =>
    reviews.open(id, await authorityOf(caller), actorOf(caller.administrator));

  async function one(caller: Caller, id: string): Promise<object> {
    const { campaign, view } = await open(caller, id);
    return toReview(campaign, view);
  }

  async function lineOf(
    caller: Caller,
    { review: id = '', line: key = '' }: Readonly<Record<string, string>>,
  ) {
    const { lines } = await open(caller, id);
    const found = lines.find(candidate => candidate.key === key);
    if (!found) throw notFound();
    return { status: 200, body: toLine(found) };
  }

  return [
    defineRoute({
      name: 'listReviews',
      method: 'GET',
      path: '/reviews',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les revues de la branche', en: 'List reviews of the branch' },
      query: z.strictObject(pagingFields),
      answers: { 200: { schema: pageSchema(reviewSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        const authority = await authorityOf(call);
        const seen = await reviews.seen(authority);
        // Newest first, whatever is launched meanwhile.
        const { items, next } = pageOf(
          seen,
          ({ launchedAtMs, id }) => `${String(LAST_MS - launchedAtMs).padStart(16, '0')} ${id}`,
          call.query,
        );
        const views = await reviews.counted(items, authority, actorOf(call.administrator));
        const shown = items.flatMap((campaign, index) => {
          const view = views[index];
          return view ? [toReview(campaign, view)] : [];
        });
        const body = { items: shown, total: seen.length, ...(next !== undefined && { next }) };
        return { status: 200, next, body };
      },
    }),
    defineRoute({
      name: 'getReview',
      method: 'GET',
      path: '/reviews/{review}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une revue', en: 'Read a review' },
      params: named,
      answers: { 200: review },
      handle: async call => ({ status: 200, body: await one(call, call.params.review) }),
    }),
    defineRoute({
      name: 'listReviewLines',
      method: 'GET',
      path: '/reviews/{review}/lines',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les profils d’une revue', en: 'List the memberships of a review' },
      params: named,
      query: z.strictObject({ ...pagingFields, state: z.enum(STATES, 'Choisissez un état.').optional() }),
      answers: { 200: { schema: pageSchema(reviewLineSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        const { state } = call.query;
        const { lines } = await open(call, call.params.review);
        const found = lines.filter(candidate => state === undefined || candidate.state === state);
        const { items, next } = pageOf(found, ({ key }) => key, call.query);
        const body = { items: items.map(toLine), total: found.length, ...(next !== undefined && { next }) };
        return { status: 200, next, body };
      },
    }),
    defineRoute({
      name: 'getReviewReport',
      method: 'GET',
      path: '/reviews/{review}/report',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Lire le rapport entier ; la lecture reste dans les traces',
        en: 'Read the whole report; the reading is traced',
      },
      params: named,
      answers: { 200: { schema: reviewReportSchema, words: { fr: 'Le rapport', en: 'The report' } } },
      async handle(call) {
        const { campaign, view, lines } = await open(call, call.params.review);
        // SECURITY: without its line in the trail, no report leaves.
        await audit.record(reportRead, {
          actor: actorOf(call.administrator),
          source: call.source,
          outcome: 'success',
          data: { target: campaign.id, via: 'api' },
        });
        return { status: 200, body: { review: toReview(campaign, view), lines: lines.map(toLine) } };
      },
    }),
    actRoute({
      name: 'launchReview',
      method: 'POST',
      path: '/reviews',
      tag: TAG,
      summary: { fr: 'Lancer une revue', en: 'Launch a review' },
      act: reviewActs.launch,
      answers: { 201: review },
      then: async (caller, { result: { id } }) => ({
        status: 201,
        location: `/reviews/${id}`,
        body: await one(caller, id),
      }),
    }),
    actRoute({
      name: 'decideReviewLine',
      method: 'POST',
      path: '/reviews/{review}/lines/{line}/decide',
      tag: TAG,
      summary: { fr: 'Répondre pour un profil', en: 'Answer for a membership' },
      act: reviewActs.decide,
      answers: { 200: line },
      then: (caller, _outcome, names) => lineOf(caller, names),
    }),
    actRoute({
      name: 'restoreReviewLine',
      method: 'POST',
      path: '/reviews/{review}/lines/{line}/restore',
      tag: TAG,
      summary: { fr: 'Rétablir un profil suspendu', en: 'Restore a suspended membership' },
      act: reviewActs.restore,
      answers: { 200: line },
      then: (caller, _outcome, names) => lineOf(caller, names),
    }),
  ];
}

const LAST_MS = 9_999_999_999_999_999;
const STATES = ['pending', 'keep', 'remove', 'shorten', 'suspended', 'left', 'over', 'restored'] as const;

const toReview = (campaign: Campaign, view: CampaignView): z.input<typeof reviewSchema> => ({
  review: campaign.id,
  name: campaign.name,
  network: campaign.network,
  organisation: campaign.organisation,
  from: toInstant(campaign.startMs) ?? '',
  to: toInstant(campaign.endMs) ?? '',
  closed_at: toInstant(campaign.closedAtMs),
  state: view.state,
  total: view.total,
  answered: view.answered,
  mine: view.mine,
  suspended: view.suspended,
});

const toLine = (seen: LineView): z.input<typeof reviewLineSchema> => ({
  line: seen.key,
  sub: seen.sub,
  name: seen.name,
  organisation: seen.organisation,
  profile: seen.profile,
  from: toInstant(seen.fromMs ?? undefined),
  to: toInstant(seen.toMs ?? undefined),
  state: seen.state,
  answered_by: seen.by,
  answered_at: toInstant(seen.atMs ?? undefined),
  reason: seen.reason,
  until: toInstant(seen.untilMs ?? undefined),
  awaits_second_person: seen.isProposed,
  is_mine: seen.isMine,
});
