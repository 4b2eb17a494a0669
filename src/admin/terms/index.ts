import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createTermsActs, type TermsActs } from './acts.ts';
import { createTermsPages } from './pages.ts';

/** The règlement: its versions with their dates, who accepted them, a new version. Its texts are `accounts/`. */
export function createTermsAdmin(context: AdminContext): Feature & { readonly terms: TermsActs } {
  const terms = createTermsActs(context);
  return {
    terms,
    acts: Object.values(terms) as Act[],
    mount: routes => createTermsPages(routes, context, terms),
  };
}
