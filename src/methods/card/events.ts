import { defineEvent, type EventType } from '#audit/index.ts';

/** On the card host, before any account is known: the guard sees only what comes back to the interaction. */
export const cardRefused = defineEvent('methods.card.refused', {
  category: 'signin',
  title: 'Carte refusée',
  data: ['reason', 'issuer', 'serial'],
});

export const cardSessionsEnded = defineEvent('methods.card_sessions.ended', {
  category: 'signin',
  title: 'Sessions closes : la carte qui les a ouvertes est opposée',
  data: ['issuer', 'serial', 'sessions'],
});

/** The events of this means. */
export const cardEvents: readonly EventType[] = [cardRefused, cardSessionsEnded];
