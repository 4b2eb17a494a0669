import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createNetworkActs, type NetworkActs } from './acts.ts';
import { createNetworkPages } from './pages.ts';
import { createValidatorActs, type ValidatorActs } from './validator-acts.ts';
import { createValidatorPages } from './validator-pages.ts';

/** Networks: their name, the regime under which records open, the levels that they ask, and who answers for them. */
export function createNetworks(context: AdminContext): Feature & {
  readonly networks: NetworkActs;
  readonly validators: ValidatorActs;
} {
  const networks = createNetworkActs(context);
  const validators = createValidatorActs(context);
  return {
    networks,
    validators,
    acts: [...Object.values(networks), ...Object.values(validators)] as Act[],
    mount(routes) {
      createNetworkPages(routes, context, networks);
      createValidatorPages(routes, context, { network: networks, validator: validators });
    },
  };
}
