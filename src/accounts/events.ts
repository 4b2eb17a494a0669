import { defineEvent, type EventType } from '#audit/index.ts';

export const accountCreated = defineEvent('accounts.account.created', {
  category: 'administration',
  data: ['login', 'origin'],
  title: 'Compte créé',
});

export const accountSuspended = defineEvent('accounts.account.suspended', {
  category: 'administration',
  data: ['reason'],
  title: 'Compte suspendu par le service',
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
  accountSuspended,
  passwordChanged,
  termsAccepted,
  termsPublished,
];
