import { defineEvent, type EventType } from '#audit/index.ts';

export const keysRotated = defineEvent('oidc.keys.rotated', {
  category: 'technical',
  title: 'Clé de signature renouvelée',
  data: ['kid'],
});

export const keysReplaced = defineEvent('oidc.keys.replaced', {
  category: 'administration',
  title: 'Clés de signature remplacées : elles ont pu être connues d’autrui',
  data: ['kid', 'replaced'],
});

export const sessionEnded = defineEvent('oidc.session.ended', {
  category: 'signin',
  title: 'Session terminée',
  data: ['reason', 'applications'],
});

export const tokenIssued = defineEvent('oidc.token.issued', {
  category: 'technical',
  title: 'Jetons remis à une application',
  data: ['grant', 'scope'],
});

export const clientRefused = defineEvent('oidc.client.refused', {
  category: 'technical',
  title: 'Demande d’une application refusée',
  data: ['endpoint', 'error'],
});

export const grantReplayed = defineEvent('oidc.grant.revoked', {
  category: 'signin',
  title: 'Jetons révoqués',
  data: ['reason'],
});

export const applicationRefused = defineEvent('oidc.application.refused', {
  category: 'signin',
  title: 'Application refusée à cette personne',
  data: ['reason'],
});

/** The events of this module. */
export const oidcEvents: readonly EventType[] = [
  keysRotated,
  keysReplaced,
  sessionEnded,
  tokenIssued,
  clientRefused,
  grantReplayed,
  applicationRefused,
];
