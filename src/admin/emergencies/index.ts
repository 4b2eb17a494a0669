import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createEmergencyActs, type EmergencyActs } from './acts.ts';
import { createEmergencyCalendar } from './calendar.ts';
import { emergencyEvents } from './events.ts';
import { createEmergencyPages } from './pages.ts';
import { createEmergencyStatistics } from './statistics-page.ts';
import { createEmergencyViews, type EmergencyViews } from './views.ts';

/** Soon enough for who is to look into it while it lasts. */
const PERIOD_SECONDS = 20;

/**
 * Emergency access, once it was used: who is told, who examines it and what they found, and how often it happens. What
 * opens a record in an emergency is decided in `access/`.
 */
export function createEmergenciesAdmin(
  context: AdminContext,
): Feature & { readonly emergencyViews: EmergencyViews; readonly emergencyActs: EmergencyActs } {
  const views = createEmergencyViews(context);
  const acts = createEmergencyActs(context);
  const calendar = createEmergencyCalendar(context);
  return {
    emergencyViews: views,
    emergencyActs: acts,
    acts: Object.values(acts) as Act[],
    events: emergencyEvents,
    mount(routes) {
      createEmergencyPages(routes, context, { views, acts });
      createEmergencyStatistics(routes, context, views);
    },
    jobs: [{ name: 'admin.emergencies', seconds: PERIOD_SECONDS, run: () => calendar.run() }],
  };
}
