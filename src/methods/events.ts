import { defineEvent, type EventType } from '#audit/index.ts';

export const factorAdded = defineEvent('methods.factor.added', {
  category: 'signin',
  data: ['method', 'factor', 'countsAt'],
  title: 'Moyen de connexion ajouté',
});

export const factorRenamed = defineEvent('methods.factor.renamed', {
  category: 'signin',
  data: ['method', 'factor'],
  title: 'Moyen de connexion renommé',
});

export const factorRemoved = defineEvent('methods.factor.removed', {
  category: 'signin',
  data: ['method', 'factor'],
  title: 'Moyen de connexion retiré',
});

export const resetCancelled = defineEvent('methods.reset.cancelled', {
  category: 'signin',
  data: ['requestedAt', 'removed'],
  title: 'Remise à zéro des moyens de connexion annulée par la personne',
});

export const resetEnded = defineEvent('methods.reset.ended', {
  category: 'signin',
  data: ['requestedAt', 'removed'],
  title: 'Délai de remise à zéro des moyens de connexion terminé',
});

/** The events of this module. */
export const methodsEvents: readonly EventType[] = [
  factorAdded,
  factorRenamed,
  factorRemoved,
  resetCancelled,
  resetEnded,
];
