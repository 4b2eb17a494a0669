import { defineEvent, type EventType } from '#audit/index.ts';

export const regionImported = defineEvent('region.file.imported', {
  category: 'administration',
  data: ['added', 'changed', 'same', 'refused'],
  title: 'Fichier de région importé',
});

export const rowImported = defineEvent('region.row.imported', {
  category: 'administration',
  data: ['section', 'row', 'result', 'changes'],
  title: 'Ligne du fichier de région importée',
});

/** The events of this module. */
export const regionEvents: readonly EventType[] = [regionImported, rowImported];
