import type { Deliveries, Delivery } from '#notify/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';

const one = z.strictObject({ delivery: z.string().min(1).max(500) });
const all = z.strictObject({});

type One = z.output<typeof one>;

export interface DeliveryActs {
  /** Tried again within seconds. */
  readonly retry: Act<One, void>;
  /** The same for all that were given up. */
  readonly retryAll: Act<z.output<typeof all>, { readonly retried: number }>;
  /** Forgotten: it is never sent. */
  readonly drop: Act<One, void>;
}

/** As many as one request may touch; what is left is asked for again. */
const MOST_AT_ONCE = 1_000;
const PAGE = 200;

export function createDeliveryActs(deliveries: Deliveries): DeliveryActs {
  async function known(id: string): Promise<Delivery> {
    const delivery = await deliveries.get(id);
    if (!delivery) throw notFound();
    return delivery;
  }

  async function givenUp(): Promise<readonly Delivery[]> {
    const found: Delivery[] = [];
    let after: string | undefined;
    do {
      const page = await deliveries.list('dead', { after, limit: PAGE });
      found.push(...page.items.filter(({ canRetry }) => canRetry));
      after = page.next;
    } while (after !== undefined && found.length < MOST_AT_ONCE);
    return found.slice(0, MOST_AT_ONCE);
  }

  return {
    retry: {
      name: 'delivery.retry',
      type: 'delivery',
      action: 'retry',
      title: 'Réessayer un envoi',
      event: defineActEvent('admin.delivery.retried', 'Envoi réessayé'),
      schema: one,
      about: ({ delivery }) => ({ id: delivery }),
      async plan({ delivery: id }) {
        const { state, canRetry, title } = await known(id);
        if (!canRetry) throw tooLate();
        return {
          target: id,
          changes: { [title]: [state === 'dead' ? 'abandonné' : 'en attente', 'réessayé'] },
          async apply() {
            if (!(await deliveries.retry(id))) throw tooLate();
          },
        };
      },
    },

    retryAll: {
      name: 'delivery.retry_all',
      type: 'delivery',
      action: 'retry',
      title: 'Réessayer tous les envois abandonnés',
      event: defineActEvent('admin.deliveries.retried', 'Envois abandonnés réessayés'),
      schema: all,
      about: () => ({ id: '*' }),
      async plan() {
        const waiting = await givenUp();
        return {
          changes: waiting.length === 0 ? {} : { retried: [0, waiting.length] },
          async apply() {
            let retried = 0;
            for (const { id } of waiting) if (await deliveries.retry(id)) retried += 1;
            return { retried };
          },
        };
      },
    },

    drop: {
      name: 'delivery.drop',
      type: 'delivery',
      action: 'retry',
      title: 'Renoncer à un envoi',
      event: defineActEvent('admin.delivery.dropped', 'Envoi supprimé'),
      schema: one,
      about: ({ delivery }) => ({ id: delivery }),
      async plan({ delivery: id }) {
        const { state, title } = await known(id);
        return {
          target: id,
          changes: { [title]: [state === 'dead' ? 'abandonné' : 'en attente', null] },
          async apply() {
            if (!(await deliveries.drop(id))) throw notFound();
          },
        };
      },
    },
  };
}

function tooLate() {
  return conflict('admin.delivery_not_retriable', {
    publicMessage: 'Cet envoi ne peut pas être réessayé.',
    hint: 'Son contenu n’est plus gardé, ou il arriverait trop tard pour servir.',
  });
}
