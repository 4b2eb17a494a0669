import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createPolicyActs, type PolicyActs } from './acts.ts';
import { createDecisionPages } from './decision-page.ts';
import { createPolicyPages } from './pages.ts';

/** The rules of access, to read, to try and to reload; they change by file and by review. */
export function createPoliciesAdmin(context: AdminContext): Feature & { readonly policies: PolicyActs } {
  const policies = createPolicyActs(context);
  return {
    policies,
    acts: Object.values(policies) as Act[],
    mount(routes) {
      createPolicyPages(routes, context, policies);
      createDecisionPages(routes, context, policies);
    },
  };
}
