import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createTokenActs } from './acts.ts';
import { createTokenPages } from './pages.ts';

/** The stock of calculettes: imported with their seeds, given to people and taken back. They are kept by `methods/`. */
export function createTokensAdmin(context: AdminContext): Feature {
  const acts = createTokenActs(context);
  return {
    acts: Object.values(acts) as Act[],
    mount: routes => createTokenPages(routes, context, acts),
  };
}
