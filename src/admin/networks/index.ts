import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createNetworkActs, type NetworkActs } from './acts.ts';
import { createNetworkPages } from './pages.ts';

/** Networks: their name, the regime under which records open, and the levels that they ask. */
export function createNetworks(context: AdminContext): Feature & { readonly networks: NetworkActs } {
  const networks = createNetworkActs(context);
  return {
    networks,
    acts: Object.values(networks) as Act[],
    mount: routes => createNetworkPages(routes, context, networks),
  };
}
