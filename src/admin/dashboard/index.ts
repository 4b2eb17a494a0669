import type { AdminContext, Feature } from '../context.ts';
import { createHealthPage } from './health-page.ts';
import { createDashboardPages, type DashboardSources } from './pages.ts';

/**
 * The first page of administration: what is waiting, and how the branch stands; and how the lists and the sendings of
 * the region stand. Owns no data, and changes nothing.
 */
export function createDashboard(context: AdminContext, sources: DashboardSources): Feature {
  return {
    mount(routes) {
      createDashboardPages(routes, context, sources);
      createHealthPage(routes, context, sources.watches);
    },
  };
}
