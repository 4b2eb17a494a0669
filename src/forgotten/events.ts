import { defineEvent, type EventType } from '#audit/index.ts';

export const linkAsked = defineEvent('forgotten.link.asked', {
  category: 'signin',
  data: ['answer'],
  title: 'Identifiant ou mot de passe oublié',
});

export const linkProven = defineEvent('forgotten.link.proven', {
  category: 'signin',
  data: ['by'],
  title: 'Lien ou code de mot de passe oublié accepté',
});

export const codeRefused = defineEvent('forgotten.code.refused', {
  category: 'signin',
  data: ['reason'],
  title: 'Code de mot de passe oublié refusé',
});

/** The events of this module. */
export const forgottenEvents: readonly EventType[] = [linkAsked, linkProven, codeRefused];
