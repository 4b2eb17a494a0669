import { defineEvent, type EventType } from '#audit/index.ts';

export const attemptAccepted = defineEvent('signin.attempt.accepted', {
  category: 'signin',
  title: 'Preuve d’identité acceptée',
  data: ['method', 'device', 'client'],
});

export const attemptRefused = defineEvent('signin.attempt.refused', {
  category: 'signin',
  title: 'Preuve d’identité refusée',
  data: ['method', 'device', 'client', 'reason'],
});

export const attemptLocked = defineEvent('signin.attempt.locked', {
  category: 'signin',
  title: 'Tentative refusée pendant un blocage temporaire',
  data: ['method', 'device', 'client', 'bound'],
});

export const challengeWithheld = defineEvent('signin.challenge.withheld', {
  category: 'signin',
  title: 'Code non envoyé : trop de demandes',
  data: ['method', 'device', 'client', 'purpose', 'bound'],
});

export const signinCompleted = defineEvent('signin.signin.completed', {
  category: 'signin',
  title: 'Connexion',
  data: ['client', 'methods', 'situation', 'steppedUp'],
});

export const signinRefused = defineEvent('signin.signin.refused', {
  category: 'signin',
  title: 'Connexion refusée',
  data: ['client', 'reason', 'required'],
});

export const mobileProven = defineEvent('signin.mobile.proven', {
  category: 'signin',
  title: 'Mobile vérifié',
  data: ['corrected'],
});

/** The events of this module. */
export const signinEvents: readonly EventType[] = [
  attemptAccepted,
  attemptRefused,
  attemptLocked,
  challengeWithheld,
  signinCompleted,
  signinRefused,
  mobileProven,
];
