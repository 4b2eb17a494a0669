import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { AdminContext } from '../context.ts';
import { submitAct, toRefusal } from '../forms.ts';
import { MAX_LOGO_BYTES } from '../logos/index.ts';
import type { ApplicationActs } from './acts.ts';
import { pathOf, type ApplicationPages } from './pages.ts';

/** The logo of an application's tile, from its page. */
export function createApplicationLogo(
  routes: Router,
  context: AdminContext,
  acts: ApplicationActs,
  pages: ApplicationPages,
): void {
  const { http, desk } = context;

  routes.post('/admin/applications/:id/logo', ctx =>
    desk.openFor(ctx, ['application_settings', 'update'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      try {
        const { file } = await http.readUpload(ctx, MAX_LOGO_BYTES);
        const picture = file?.content.toString('base64');
        const input = { client_id: application.id, ...(picture !== undefined && { picture }) };
        await submitAct(
          context,
          ctx,
          clerk,
          { act: acts.setLogo, input },
          {
            again: refusal => pages.show(ctx, application, clerk.authority, refusal),
            then: () => `${pathOf(application)}?done=logo`,
          },
        );
      } catch (error) {
        // Too large: said on the page, where another file can be chosen.
        if (!isAppError(error) || error.code !== 'http.too_large') throw error;
        await pages.show(ctx, application, clerk.authority, toRefusal(error));
        ctx.status = error.status;
      }
    }),
  );

  pages.button('logo/remove', { right: 'update', act: acts.removeLogo, done: 'logo-removed' });
}
