import type { AdminContext, Feature } from '../context.ts';
import type { ReviewViews } from '../reviews/views.ts';
import { createDashboardPages } from './pages.ts';

/** The first page of administration: what is waiting, and how the branch stands. Owns no data, and changes nothing. */
export function createDashboard(context: AdminContext, reviews: ReviewViews): Feature {
  return { mount: routes => createDashboardPages(routes, context, reviews) };
}
