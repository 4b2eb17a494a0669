import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import type { MembershipActs } from '../people/membership-acts.ts';
import { createReviewCalendar } from './calendar.ts';
import { createLaunchAct, type LaunchAct } from './launch-act.ts';
import { createLineActs, type LineActs } from './line-acts.ts';
import { createReviewPages } from './pages.ts';
import { createReviewRecords } from './records.ts';
import { createReviewReport, reportRead } from './report-page.ts';
import { createReviewViews, type ReviewViews } from './views.ts';

/** Minutes matter little to what lasts weeks; one is what people expect of an announced end. */
const PERIOD_SECONDS = 60;

/**
 * Access reviews: who still needs what. A campaign freezes the profiles of a branch in a network; administrators
 * answer for those they may give; what nobody answered is suspended at the end, and may be given back for a month.
 */
export function createReviews(
  context: AdminContext,
  people: { readonly membership: MembershipActs },
): Feature & {
  readonly reviews: ReviewViews;
  readonly reviewActs: LineActs & { readonly launch: LaunchAct };
} {
  const records = createReviewRecords(context);
  const deps = { ...context, records, membership: people.membership };
  const launch = createLaunchAct(deps);
  const line = createLineActs(deps);
  const views = createReviewViews(deps);
  const calendar = createReviewCalendar(deps);
  return {
    reviews: views,
    reviewActs: { launch, ...line },
    acts: [launch, line.decide, line.restore] as unknown as readonly Act[],
    events: [reportRead],
    mount(routes) {
      createReviewPages(routes, context, { views, launch, line });
      createReviewReport(routes, context, views);
    },
    jobs: [{ name: 'admin.reviews', seconds: PERIOD_SECONDS, run: () => calendar.run() }],
  };
}
