import { defineEvent, type EventType } from '#audit/index.ts';

export const contactChanged = defineEvent('portal.contact.changed', {
  category: 'signin',
  data: ['field'],
  title: 'Coordonnées changées par la personne',
});

export const phoneProven = defineEvent('portal.contact.proven', {
  category: 'signin',
  data: ['field'],
  title: 'Mobile vérifié par la personne',
});

export const contactRestored = defineEvent('portal.contact.restored', {
  category: 'signin',
  data: ['field'],
  title: 'Changement de coordonnées annulé par la personne',
});

export const accountLeft = defineEvent('portal.account.left', {
  category: 'administration',
  title: 'Compte fermé par la personne',
});

/** The events of this module. */
export const portalEvents: readonly EventType[] = [contactChanged, phoneProven, contactRestored, accountLeft];
