import type Router from '@koa/router';
import { defineActEvent } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { pathOf, type ApplicationPages } from './pages.ts';
import { remarksOn } from './words.ts';
import { createApplicationTrials } from './trials.ts';

export const tried = defineActEvent('admin.application.tried', 'Connexion d’essai à une application');

/** `…/test`: what may keep an application from working, then a real sign-in and what the application is told by it. */
export function createTrialPages(routes: Router, context: AdminContext, pages: ApplicationPages): void {
  const { http, desk, directory, clock, audit, ports } = context;
  const trials = createApplicationTrials({ ...context, relyingParties: ports.relyingParties });
  const callbackPath = new URL(ports.relyingParties.trials.callback).pathname;

  routes.get('/admin/applications/:id/test', ctx =>
    desk.openFor(ctx, ['application_settings', 'update'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      await http.render(ctx, 'admin/application-test', {
        application,
        base: pathOf(application),
        remarks: remarksOn(application, clock.nowMs()),
        signsIn: application.grantTypes.includes('authorization_code'),
        told: null,
        refused: null,
      });
    }),
  );

  routes.post('/admin/applications/:id/test', ctx =>
    desk.openFor(ctx, ['application_settings', 'update'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      await http.readForm(ctx);
      const address = await trials.begin(application.id, clerk.sub);
      if (address === null)
        throw conflict('admin.nobody_signs_in', {
          publicMessage: 'Personne ne se connecte à cette application.',
        });
      http.redirect(ctx, address);
    }),
  );

  routes.get(callbackPath, ctx =>
    desk.openFor(ctx, ['application_settings', 'update'], async ({ sub, session, authority }) => {
      const outcome = await trials.finish(ctx.query, sub);
      const application = outcome && (await directory.applications.get(outcome.clientId));
      if (
        !application ||
        !authority.may('application_settings', 'update', {
          network: application.network,
          organisation: application.branch,
        })
      )
        throw notFound();
      const isRefused = 'error' in outcome;
      await audit.record(tried, {
        actor: sub,
        account: sub,
        source: http.source(ctx),
        acr: session.acr,
        outcome: isRefused ? 'refused' : 'success',
        data: { target: application.id, via: 'page', ...(isRefused && { code: outcome.error }) },
      });
      await http.render(ctx, 'admin/application-test', {
        application,
        base: pathOf(application),
        remarks: remarksOn(application, clock.nowMs()),
        signsIn: true,
        told: isRefused
          ? null
          : {
              scope: outcome.scope,
              idToken: outcome.idToken && linesOf(outcome.idToken),
              userinfo: outcome.userinfo && linesOf(outcome.userinfo),
            },
        refused: isRefused ? outcome : null,
      });
    }),
  );
}

/** Claims, one by one, as an engineer reads them. */
function linesOf(claims: Readonly<Record<string, unknown>>) {
  return Object.entries(claims).map(([name, value]) => ({ name, value: JSON.stringify(value, null, 1) }));
}
