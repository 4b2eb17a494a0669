import { defineEvent, type EventType } from '#audit/index.ts';

export const deliveryAbandoned = defineEvent('notify.delivery.abandoned', {
  category: 'technical',
  data: ['delivery', 'kind', 'reason', 'attempts'],
  title: 'Envoi abandonné',
});

/** The events of this module. */
export const notifyEvents: readonly EventType[] = [deliveryAbandoned];
