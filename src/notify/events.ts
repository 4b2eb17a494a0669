import { defineEvent } from '#audit/index.ts';

export const deliveryAbandoned = defineEvent('notify.delivery.abandoned', {
  category: 'technical',
  data: ['delivery', 'kind', 'reason', 'attempts'],
  title: 'Envoi abandonné',
});
