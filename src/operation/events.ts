import { defineEvent, type EventType } from '#audit/index.ts';

export const backupMade = defineEvent('operation.backup.made', {
  category: 'administration',
  data: ['documents', 'bytes', 'fingerprint'],
  title: 'Sauvegarde des données',
});

export const backupRestored = defineEvent('operation.backup.restored', {
  category: 'administration',
  data: ['documents', 'takenAt', 'fingerprint'],
  title: 'Restauration d’une sauvegarde : toutes les sessions ont pris fin',
});

/** The events of this module. */
export const operationEvents: readonly EventType[] = [backupMade, backupRestored];
