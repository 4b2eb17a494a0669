import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Application } from '#directory/index.ts';
import type { AdminContext } from '../context.ts';
import { toRefusal, type Refusal } from '../forms.ts';
import { pathOf, type ApplicationPages } from './pages.ts';
import { OVERLAP_DAYS, secretRefOf, type SecretActs } from './secret-acts.ts';

const OVERLAPS = [
  { value: '0', label: 'Aussitôt : l’ancien secret ne compte plus' },
  { value: '1', label: 'Après 1 jour' },
  { value: String(OVERLAP_DAYS.usual), label: `Après ${OVERLAP_DAYS.usual} jours` },
  { value: String(OVERLAP_DAYS.most), label: `Après ${OVERLAP_DAYS.most} jours` },
];

/** Replacing the secret of an application, and ending the former one. */
export function createSecretPages(
  routes: Router,
  context: AdminContext,
  acts: SecretActs,
  pages: ApplicationPages,
): void {
  const { http, desk } = context;

  const showConfirmation = (ctx: Context, application: Application, refusal?: Refusal) =>
    http.render(ctx, 'admin/application-rotate', {
      application,
      alert: refusal ?? null,
      back: pathOf(application),
      replaces: secretRefOf(application),
      isFirst: application.clientSecretHash === undefined,
      overlaps: OVERLAPS,
      usual: String(OVERLAP_DAYS.usual),
    });

  routes.get('/admin/applications/:id/secret', ctx =>
    desk.openFor(ctx, ['application_settings', 'rotate_secret'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      await pages.demand(clerk, 'rotate_secret', application);
      await showConfirmation(ctx, application);
    }),
  );

  routes.post('/admin/applications/:id/secret', ctx =>
    desk.openFor(ctx, ['application_settings', 'rotate_secret'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      const form = await http.readForm(ctx);
      const days = form.get('overlap_days');
      const input = {
        client_id: application.id,
        overlap_days: /^\d{1,2}$/u.test(days) ? Number(days) : OVERLAP_DAYS.usual,
        replaces: form.get('replaces'),
      };
      try {
        const outcome = await context.acts.perform(clerk.administrator, acts.rotate, input, {
          via: 'page',
          source: http.source(ctx),
        });
        if (outcome.state !== 'done') return http.redirect(ctx, pathOf(application));
        // SECURITY: the secret stands on this answer alone: no address, no cookie and no log has it.
        await http.render(ctx, 'admin/application-secret', {
          isNew: false,
          name: application.name,
          id: application.id,
          secret: outcome.result.client_secret,
          until: outcome.result.previous_until,
          back: pathOf(application),
        });
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await showConfirmation(ctx, application, toRefusal(error));
        ctx.status = error.status;
      }
    }),
  );

  pages.button('secret/end', { right: 'rotate_secret', act: acts.endPrevious, done: 'previous-ended' });
}
