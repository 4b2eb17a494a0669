import type { Administration, EmergencyRegister } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { actorOf } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { emergencyStatisticsRead } from '../emergencies/events.ts';
import { countEmergencies } from '../emergencies/statistics.ts';
import type { EmergencyViews, UseView } from '../emergencies/views.ts';
import { idField } from '../people/fields.ts';
import { emergencyInFullSchema, emergencySchema, emergencyStatisticsSchema } from './oversight-schemas.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Accès d’urgence';
const YEAR_MS = 365 * 86_400_000;
const STATES = ['awaiting', 'justified', 'unjustified', 'exempt', 'all'] as const;
const instantField = z.iso
  .datetime({ offset: true, error: 'Écrivez un instant, comme 2026-11-21T09:00:00Z.' })
  .optional();

/** Uses of emergency access, to read. Examining one is a person’s judgement: it is done on the page. */
export function emergencyRoutes(deps: {
  readonly administration: Administration;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly emergencies: EmergencyRegister;
  readonly emergencyViews: EmergencyViews;
}): readonly ApiRoute[] {
  const { administration, audit, clock, emergencyViews: views } = deps;

  async function readerOf({ administrator, source }: Caller) {
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayAnywhere('emergency', 'read')) throw notFound();
    return { actor: actorOf(administrator), authority, source, via: 'api' } as const;
  }

  return [
    defineRoute({
      name: 'listEmergencies',
      method: 'GET',
      path: '/emergencies',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Lister les accès d’urgence d’un réseau',
        en: 'List the emergency accesses of a network',
      },
      query: z.strictObject({
        ...pagingFields,
        network: idField,
        state: z.enum(STATES, 'Choisissez un état.').default('all'),
      }),
      answers: { 200: { schema: pageSchema(emergencySchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        const { network, state, limit, after } = call.query;
        const page = await views.list(await readerOf(call), {
          network,
          state,
          limit,
          after: after === undefined ? undefined : cursorOf(after),
        });
        const next = page.next === undefined ? undefined : toCursor(page.next);
        return {
          status: 200,
          next,
          body: { items: page.items.map(toUse), ...(next !== undefined && { next }) },
        };
      },
    }),
    defineRoute({
      name: 'getEmergencyStatistics',
      method: 'GET',
      path: '/emergencies/statistics',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Compter les accès d’urgence par personne et par établissement',
        en: 'Count emergency accesses per person and organisation',
      },
      query: z.strictObject({ network: idField, from: instantField, to: instantField }),
      answers: {
        200: { schema: emergencyStatisticsSchema, words: { fr: 'Les nombres', en: 'The figures' } },
      },
      async handle(call) {
        const { network, ...period } = call.query;
        const { actor, authority, source } = await readerOf(call);
        if (!(await views.networks(authority)).some(({ id }) => id === network)) throw notFound();
        const toMs = period.to === undefined ? clock.nowMs() + 1 : Date.parse(period.to);
        const fromMs = period.from === undefined ? toMs - YEAR_MS : Date.parse(period.from);
        const [from, to] = [toInstant(fromMs), toInstant(toMs)];
        await audit.record(emergencyStatisticsRead, {
          actor,
          source,
          outcome: 'success',
          data: { network, from: from ?? undefined, to: to ?? undefined, via: 'api' },
        });
        const rows = await countEmergencies(deps, network, { fromMs, toMs });
        const items = rows.map(({ breakGlass, centre15, ...row }) => ({
          ...row,
          break_glass: breakGlass,
          centre_15: centre15,
        }));
        return { status: 200, body: { network, from, to, items } };
      },
    }),
    defineRoute({
      name: 'getEmergency',
      method: 'GET',
      path: '/emergencies/{use}',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Lire un accès d’urgence et son motif ; la lecture reste dans les traces',
        en: 'Read an emergency access with its reason; the reading is traced',
      },
      params: z.strictObject({ use: idField }),
      answers: { 200: { schema: emergencyInFullSchema, words: { fr: 'L’accès', en: 'The access' } } },
      async handle(call) {
        const use = await views.open(call.params.use, await readerOf(call));
        const { review } = use;
        const body = {
          ...toUse(use),
          record: use.patientKey,
          reasons: [...use.reasons],
          review: review && {
            verdict: review.verdict,
            by: review.by,
            at: toInstant(review.atMs) ?? '',
            words: review.words,
          },
        } satisfies z.input<typeof emergencyInFullSchema>;
        return { status: 200, body };
      },
    }),
  ];
}

const toUse = (use: UseView): z.input<typeof emergencySchema> => ({
  use: use.id,
  account: use.account,
  name: use.name,
  organisations: [...use.organisations],
  network: use.network,
  application: use.application,
  purpose: use.purpose,
  acr: use.acr,
  from: toInstant(use.startedAtMs) ?? '',
  until: toInstant(use.untilMs) ?? '',
  requests: use.requests,
  state: use.state,
});
