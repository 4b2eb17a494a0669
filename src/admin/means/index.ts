import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createMeansActs, type MeansActs } from './acts.ts';
import { createMeansPages } from './pages.ts';

/** The means of signing in with their dated switches. The registry itself is `methods/`. */
export function createMeansAdmin(context: AdminContext): Feature & { readonly means: MeansActs } {
  const means = createMeansActs(context);
  return {
    means,
    acts: Object.values(means) as Act[],
    mount: routes => createMeansPages(routes, context, means),
  };
}
