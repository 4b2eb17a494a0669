import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createDeliveryActs, type DeliveryActs } from './acts.ts';
import { createDeliveryPages } from './pages.ts';

/** What leaves the service: how it fares, what was given up. The outbox itself is `notify/`. */
export function createDeliveriesAdmin(
  context: AdminContext,
): Feature & { readonly deliveries: DeliveryActs } {
  const deliveries = createDeliveryActs(context.deliveries);
  return {
    deliveries,
    acts: Object.values(deliveries) as Act[],
    mount: routes => createDeliveryPages(routes, context, deliveries),
  };
}
