import type { EventType } from '#audit/index.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createEventCatalogue, type EventCatalogue } from './catalogue-of-events.ts';
import { trailEvents } from './events.ts';
import { createTrailExport } from './export-page.ts';
import { createTrailList } from './list-page.ts';
import { createOperatorReports, type OperatorReports } from './operator-reports.ts';
import { createTrailReader, type TrailReader } from './reader.ts';
import { createTrailReports } from './report-pages.ts';

export type { OperatorAsked, OperatorReports } from './operator-reports.ts';

/** The trail, for whoever else shows it. */
export interface Trail {
  readonly reader: TrailReader;
  readonly events: () => EventCatalogue;
}

/**
 * The trail: who did what, within the reader's branch, to browse, as reports, and the whole log to take away and verify.
 * `events` are read at first use: by then all parts have registered their acts.
 */
export function createTrail(
  context: AdminContext,
  events: () => readonly EventType[],
): Feature & { readonly trail: Trail; readonly reports: OperatorReports } {
  let known: EventCatalogue | undefined;
  const eventCatalogue = () => (known ??= createEventCatalogue(events()));
  const reader = createTrailReader(context, eventCatalogue);
  return {
    trail: { reader, events: eventCatalogue },
    reports: createOperatorReports(context, eventCatalogue),
    events: trailEvents,
    mount(routes) {
      // ORDER: paths of their own before those with a parameter.
      createTrailExport(routes, context);
      createTrailList(routes, context, { reader, events: eventCatalogue });
      createTrailReports(routes, context, { reader, events: eventCatalogue });
    },
  };
}
