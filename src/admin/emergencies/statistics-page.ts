import type { Authority } from '#access/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { sendSheet } from '../files/send.ts';
import { queryText } from '../forms.ts';
import { dayOf, endOfDay, lastDayOf, startOfDay } from '../people/days.ts';
import { emergencyStatisticsRead } from './events.ts';
import { countEmergencies, STATISTICS_COLUMNS, type Period } from './statistics.ts';
import type { EmergencyViews } from './views.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** Rows of each table of the page; the files have all of them. */
const MOST_ROWS = 100;

/** `/admin/emergencies/statistics`: how often emergency access was used, per person and establishment; as a file too. */
export function createEmergencyStatistics(
  routes: Router,
  context: AdminContext,
  views: EmergencyViews,
): void {
  const { http, desk, audit, clock } = context;

  /** The last twelve months when nothing, or nothing that reads as a day, is asked. */
  function periodOf(ctx: Context): Period {
    const nowMs = clock.nowMs();
    const fromMs = Date.parse(startOfDay(queryText(ctx, 'from') ?? ''));
    const toMs = Date.parse(endOfDay(queryText(ctx, 'to') ?? ''));
    const end = Number.isNaN(toMs) ? nowMs + 1 : toMs;
    return { fromMs: Number.isNaN(fromMs) ? end - YEAR_MS : fromMs, toMs: end };
  }

  async function askedFor(ctx: Context, authority: Authority) {
    const networks = await views.networks(authority);
    const network = queryText(ctx, 'network') ?? networks[0]?.id;
    if (network === undefined || !networks.some(({ id }) => id === network)) throw notFound();
    const period = periodOf(ctx);
    return { networks, network, period, rows: await countEmergencies(context, network, period) };
  }

  routes.get('/admin/emergencies/statistics', ctx =>
    desk.openFor(ctx, ['emergency', 'read'], async ({ authority }) => {
      const { networks, network, period, rows } = await askedFor(ctx, authority);
      const [from, to] = [dayOf(period.fromMs), lastDayOf(period.toMs)];
      const tableOf = (kind: 'person' | 'organisation') => {
        const all = rows.filter(row => row.kind === kind);
        return { rows: all.slice(0, MOST_ROWS), total: all.length };
      };
      await http.render(ctx, 'admin/emergencies-statistics', {
        networks: networks.map(({ id, name }) => ({ value: id, label: name })),
        network,
        from,
        to,
        persons: tableOf('person'),
        organisations: tableOf('organisation'),
        query: new URLSearchParams({ network, from, to }).toString(),
      });
    }),
  );

  routes.get('/admin/emergencies/statistics.:format', ctx =>
    desk.openFor(ctx, ['emergency', 'read'], async ({ sub, authority }) => {
      const { format } = ctx.params;
      if (format !== 'csv' && format !== 'json') throw notFound();
      const { network, period, rows } = await askedFor(ctx, authority);
      // ORDER: the trace before the first line: nothing leaves without it.
      await audit.record(emergencyStatisticsRead, {
        actor: sub,
        source: http.source(ctx),
        outcome: 'success',
        data: { network, from: dayOf(period.fromMs), to: lastDayOf(period.toMs), via: format },
      });
      const name = `acces-urgence-${network}`;
      if (format === 'csv') return sendSheet(ctx, { name, format, columns: STATISTICS_COLUMNS, rows });
      ctx.set('Content-Disposition', `attachment; filename="${name}.json"`);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { network, from: dayOf(period.fromMs), to: lastDayOf(period.toMs), rows };
    }),
  );
}
