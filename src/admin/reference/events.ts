import { defineEvent } from '#audit/index.ts';

export const referenceImported = defineEvent('admin.reference.imported', {
  category: 'administration',
  title: 'Fichier national de référence importé',
  data: ['register', 'entries', 'refused', 'removed'],
});
