import type { Administration } from '#access/index.ts';
import type { Deliveries, Delivery } from '#notify/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { DeliveryActs } from '../deliveries/acts.ts';
import type { createActRoutes } from './act-route.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { deliveryHealthSchema, deliverySchema } from './service-schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Envois';
const one = { schema: deliverySchema, words: { fr: 'L’envoi', en: 'The delivery' } };
const named = z.strictObject({ delivery: z.string().max(500, 'Cet élément n’existe pas.') });

/** What leaves the service. SECURITY: neither contents nor whole addresses. */
export function deliveryRoutes(deps: {
  readonly administration: Administration;
  readonly deliveries: Deliveries;
  readonly deliveryActs: DeliveryActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, deliveries, deliveryActs, actRoute } = deps;

  /** Deliveries are the region’s own: no branch has its share of them. */
  async function assertReads({ administrator }: Caller): Promise<void> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.may('delivery', 'read', {})) throw notFound();
  }

  async function current(caller: Caller, id: string): Promise<object> {
    await assertReads(caller);
    const delivery = await deliveries.get(id);
    if (!delivery) throw notFound();
    return viewOf(delivery);
  }

  return [
    defineRoute({
      name: 'listDeliveries',
      method: 'GET',
      path: '/deliveries',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les envois en attente ou abandonnés', en: 'List deliveries, due or given up' },
      query: z.strictObject({
        ...pagingFields,
        state: z
          .enum(['due', 'dead', 'delivered'], 'Choisissez due, dead ou delivered.')
          .default('dead')
          .meta({
            description:
              '`due` : en attente ; `dead` : abandonnés ; `delivered` : remis, selon l’opérateur. / `due`: waiting; `dead`: given up; `delivered`: reached, by the word of the carrier.',
          }),
      }),
      answers: { 200: { schema: pageSchema(deliverySchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        await assertReads(call);
        const { state, limit, after } = call.query;
        const page = await deliveries.list(state, {
          limit,
          after: after === undefined ? undefined : cursorOf(after),
        });
        const next = page.next === undefined ? undefined : toCursor(page.next);
        const items = page.items.map(viewOf);
        return { status: 200, next, body: { items, ...(next !== undefined && { next }) } };
      },
    }),
    defineRoute({
      name: 'getDeliveryHealth',
      method: 'GET',
      path: '/deliveries/health',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Compter les envois, par nature', en: 'Count deliveries by kind' },
      answers: { 200: { schema: deliveryHealthSchema, words: { fr: 'Les comptes', en: 'The figures' } } },
      async handle(call) {
        await assertReads(call);
        const { kinds, isWhole } = await deliveries.health();
        const shown = kinds.map(({ kind, title, waiting, retried, dead, delivered }) => ({
          kind,
          title,
          waiting,
          retried,
          dead,
          delivered,
        }));
        return { status: 200, body: { kinds: shown, is_whole: isWhole } };
      },
    }),
    actRoute({
      name: 'retryDeliveries',
      method: 'POST',
      path: '/deliveries/retry',
      tag: TAG,
      summary: { fr: 'Réessayer tous les envois abandonnés', en: 'Retry all that were given up' },
      act: deliveryActs.retryAll,
      answers: {
        200: {
          schema: z.strictObject({ retried: z.int() }),
          words: { fr: 'Combien seront réessayés', en: 'How many are tried again' },
        },
      },
      then: async (_caller, { result }) => ({ status: 200, body: { retried: result.retried } }),
    }),
    defineRoute({
      name: 'getDelivery',
      method: 'GET',
      path: '/deliveries/{delivery}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire un envoi', en: 'Read a delivery' },
      params: named,
      answers: { 200: one },
      handle: async call => ({ status: 200, body: await current(call, call.params.delivery) }),
    }),
    actRoute({
      name: 'retryDelivery',
      method: 'POST',
      path: '/deliveries/{delivery}/retry',
      tag: TAG,
      summary: { fr: 'Réessayer un envoi', en: 'Retry a delivery' },
      act: deliveryActs.retry,
      // It may be gone before it could be shown again.
      answers: {
        204: { words: { fr: 'Réessayé dans les secondes qui viennent', en: 'Tried within seconds' } },
      },
      then: async () => ({ status: 204 }),
    }),
    actRoute({
      name: 'dropDelivery',
      method: 'DELETE',
      path: '/deliveries/{delivery}',
      tag: TAG,
      summary: { fr: 'Renoncer à un envoi', en: 'Drop a delivery' },
      act: deliveryActs.drop,
      answers: { 204: { words: { fr: 'Supprimé', en: 'Dropped' } } },
      current: (caller, { delivery = '' }) => current(caller, delivery),
      then: async () => ({ status: 204 }),
    }),
  ];
}

const viewOf = (delivery: Delivery): z.input<typeof deliverySchema> => ({
  delivery: delivery.id,
  kind: delivery.kind,
  title: delivery.title,
  destination: delivery.destination ?? null,
  state: delivery.state,
  attempts: delivery.attempts,
  queued_at: toInstant(delivery.enqueuedAtMs) ?? '',
  next_at: toInstant(delivery.nextAtMs) ?? '',
  reason: delivery.reason ?? null,
  can_retry: delivery.canRetry,
});
