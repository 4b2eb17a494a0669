import { defineEvent } from '#audit/index.ts';

export const importChecked = defineEvent('admin.import.checked', {
  category: 'administration',
  title: 'Liste de professionnels déposée et vérifiée',
  data: ['import', 'file', 'lines', 'create', 'attach', 'update', 'homonym', 'refused'],
});
export const importStarted = defineEvent('admin.import.started', {
  category: 'administration',
  title: 'Import d’une liste lancé',
  data: ['import', 'file', 'lines'],
});
export const importStopped = defineEvent('admin.import.stopped', {
  category: 'administration',
  title: 'Import d’une liste arrêté',
  data: ['import', 'file', 'done'],
});
export const importEnded = defineEvent('admin.import.ended', {
  category: 'administration',
  title: 'Import d’une liste terminé',
  data: ['import', 'file', 'lines', 'done', 'failed', 'left'],
});
