import { defineEvent } from '#audit/index.ts';

export const listExported = defineEvent('admin.list.exported', {
  category: 'administration',
  title: 'Liste exportée en fichier',
  data: ['list', 'format', 'filters', 'rows'],
});
