import { defineEvent, type EventType } from '#audit/index.ts';

/**
 * The trail was read: by whom, about whom or which record, through which filters. What was found is not written.
 * `view`: `list`, `mine`, `person`, `record`, and these with `_csv`; `person` and `record` with `_export` from the command line.
 */
export const trailRead = defineEvent('admin.trail.read', {
  category: 'administration',
  title: 'Traces consultées',
  data: ['view', 'act', 'branch', 'from', 'to', 'isContinued', 'code'],
});

export const trailExported = defineEvent('admin.trail.exported', {
  category: 'administration',
  title: 'Journal des traces exporté',
  data: ['from', 'to', 'code'],
});

export const trailEvents: readonly EventType[] = [trailRead, trailExported];
