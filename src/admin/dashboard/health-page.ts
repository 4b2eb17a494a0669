import type Router from '@koa/router';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { ListWatch } from '../reference/index.ts';

/**
 * `/admin/health`: how the lists that the service works with, and what it sends, stand. SECURITY: both are the
 * region's own: whoever administers a branch has no share of them, and is answered as for a page that does not exist.
 */
export function createHealthPage(
  routes: Router,
  { http, desk, deliveries }: Pick<AdminContext, 'http' | 'desk' | 'deliveries'>,
  watches: readonly ListWatch[],
): void {
  routes.get('/admin/health', ctx =>
    desk.openFor(ctx, ['delivery', 'read'], async ({ authority }) => {
      if (!authority.may('delivery', 'read', {})) throw notFound();
      const [health, lists] = await Promise.all([
        deliveries.health(),
        Promise.all(watches.map(watch => watch())),
      ]);
      await http.render(ctx, 'admin/health', { ...health, lists: lists.flat() });
    }),
  );
}
