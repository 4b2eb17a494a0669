import type { AdminContext, Feature } from '../context.ts';
import type { ReviewViews } from '../reviews/views.ts';
import type { ListWatch } from '../reference/index.ts';
import { createHealthPage } from './health-page.ts';
import { createDashboardPages } from './pages.ts';

/**
 * The first page of administration: what is waiting, and how the branch stands; and how the lists and the sendings of
 * the region stand. Owns no data, and changes nothing.
 */
export function createDashboard(
  context: AdminContext,
  reviews: ReviewViews,
  watches: readonly ListWatch[],
): Feature {
  return {
    mount(routes) {
      createDashboardPages(routes, context, reviews, watches);
      createHealthPage(routes, context, watches);
    },
  };
}
