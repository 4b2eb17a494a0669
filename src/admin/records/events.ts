import { defineEvent } from '#audit/index.ts';

/** Somebody looked up who may open a record. `known`: whether one is. */
export const dossierRead = defineEvent('admin.dossier.read', {
  category: 'access',
  title: 'Droits d’accès à un dossier consultés',
  data: ['network', 'known'],
});
