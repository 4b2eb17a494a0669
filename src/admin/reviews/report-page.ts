import { Readable } from 'node:stream';
import { defineEvent } from '#audit/index.ts';
import type Router from '@koa/router';
import { actorOf } from '../acts/act.ts';
import type { AdminContext } from '../context.ts';
import { writeCsv } from '../files/sheets/csv-writer.ts';
import type { Column } from '../files/sheets/table.ts';
import { parisOf } from '../paris-time.ts';
import type { LineView, ReviewViews } from './views.ts';

export const reportRead = defineEvent('admin.review.report_read', {
  category: 'administration',
  title: 'Rapport d’une revue lu',
  data: ['target', 'via'],
});

const STATES: Readonly<Record<LineView['state'], string>> = {
  pending: 'Sans réponse',
  keep: 'Conservé',
  remove: 'Retiré',
  shorten: 'Raccourci',
  suspended: 'Suspendu à la fin, sans réponse',
  left: 'Sans réponse, laissé en place',
  over: 'Terminé par ailleurs',
  restored: 'Rétabli après suspension',
};

const time = (ms: number | null) => (ms === null ? null : parisOf(ms).replace('T', ' '));

const COLUMNS: readonly Column<LineView>[] = [
  { title: 'Nom', value: ({ name }) => name },
  { title: 'Établissement', value: ({ organisation }) => organisation },
  { title: 'Profil', value: ({ profile }) => profile },
  { title: 'Début', value: ({ fromMs }) => time(fromMs) },
  { title: 'Fin', value: ({ toMs }) => time(toMs) },
  {
    title: 'Réponse',
    value: ({ state, isProposed }) =>
      isProposed ? `${STATES[state]} (à confirmer par une seconde personne)` : STATES[state],
  },
  { title: 'Nouvelle fin', value: ({ untilMs }) => time(untilMs) },
  { title: 'Par', value: ({ by }) => by },
  { title: 'Le', value: ({ atMs }) => time(atMs) },
  { title: 'Motif', value: ({ reason }) => reason },
];

/** The report for the file, to print and as CSV: what this person sees of the campaign, as it stands. */
export function createReviewReport(routes: Router, context: AdminContext, views: ReviewViews): void {
  const { http, desk, audit, clock } = context;

  async function traced(source: string, actor: string, target: string, via: string): Promise<void> {
    await audit.record(reportRead, { actor, source, outcome: 'success', data: { target, via } });
  }

  routes.get('/admin/reviews/:id/report', ctx =>
    desk.openFor(ctx, ['review', 'read'], async ({ administrator, authority }) => {
      const actor = actorOf(administrator);
      const { view, lines } = await views.open(String(ctx.params['id']), authority, actor);
      await traced(http.source(ctx), actor, view.id, 'page');
      const counts = Object.entries(STATES)
        .map(([state, label]) => ({ label, count: lines.filter(line => line.state === state).length }))
        .filter(({ count }) => count > 0);
      await http.render(ctx, 'admin/review-report', {
        review: view,
        lines,
        counts,
        states: STATES,
        madeAtMs: clock.nowMs(),
      });
    }),
  );

  routes.get('/admin/reviews/:id/report.csv', ctx =>
    desk.openFor(ctx, ['review', 'read'], async ({ administrator, authority }) => {
      const actor = actorOf(administrator);
      const { view, lines } = await views.open(String(ctx.params['id']), authority, actor);
      await traced(http.source(ctx), actor, view.id, 'file');
      ctx.set('Content-Disposition', `attachment; filename="revue-${view.id}.csv"`);
      ctx.type = 'text/csv; charset=utf-8';
      ctx.body = Readable.from(writeCsv(COLUMNS, lines));
    }),
  );
}
