import { defineEvent, type EventType } from '#audit/index.ts';

export const accountCreated = defineEvent('accounts.account.created', {
  category: 'administration',
  data: ['login', 'origin'],
  title: 'Compte créé',
});

export const passwordChanged = defineEvent('accounts.password.changed', {
  category: 'signin',
  data: ['reason'],
  title: 'Mot de passe changé',
});

export const termsAccepted = defineEvent('accounts.terms.accepted', {
  category: 'signin',
  data: ['version', 'textSha256'],
  title: 'Règlement accepté',
});

export const termsPublished = defineEvent('accounts.terms.published', {
  category: 'administration',
  data: ['version', 'textSha256', 'from'],
  title: 'Version du règlement enregistrée',
});

/** The events of this module. */
export const accountsEvents: readonly EventType[] = [
  accountCreated,
  passwordChanged,
  termsAccepted,
  termsPublished,
];
