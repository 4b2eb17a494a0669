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

export const openersVoided = defineEvent('operation.restored.voided', {
  category: 'administration',
  data: ['documents'],
  title: 'Données restaurées par d’autres outils : toutes les sessions ont pris fin',
});

export const keysResealed = defineEvent('operation.keys.resealed', {
  category: 'administration',
  data: ['key', 'documents'],
  title: 'Données scellées à nouveau avec une autre clé',
});

export const keyDisclosed = defineEvent('operation.keys.disclosed', {
  category: 'administration',
  data: ['key'],
  title: 'Clé de scellement connue d’autrui : ce qu’elle ouvrait a été remplacé',
});

export const keyLost = defineEvent('operation.keys.lost', {
  category: 'administration',
  data: ['key', 'documents'],
  title: 'Clé de scellement perdue : ce qu’elle seule ouvrait a été retiré',
});

/** The events of this module. */
export const operationEvents: readonly EventType[] = [
  backupMade,
  backupRestored,
  openersVoided,
  keysResealed,
  keyDisclosed,
  keyLost,
];
