import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { serveLogos, type Logos } from '../logos/index.ts';
import { createOrganisationActs, type OrganisationActs } from './acts.ts';
import { createOrganisationForm } from './form-page.ts';
import { createLogoAndReferents } from './logo-and-referents.ts';
import { createOrganisationPages } from './pages.ts';
import { createReferentActs, type ReferentActs } from './referent-acts.ts';

/** Everything that is done to establishments; the API uses the same acts. */
export interface OrganisationsActs {
  readonly organisation: OrganisationActs;
  readonly referent: ReferentActs;
}

/** Establishments: the tree of the branch, what is known of each, its logo and its référents. */
export function createOrganisations(
  context: AdminContext,
  logos: Logos,
): Feature & { readonly organisations: OrganisationsActs } {
  const organisations: OrganisationsActs = {
    organisation: createOrganisationActs({ ...context, logos }),
    referent: createReferentActs(context),
  };
  return {
    organisations,
    acts: Object.values(organisations).flatMap(group => Object.values(group) as Act[]),
    mount(routes) {
      serveLogos(routes, logos);
      const pages = createOrganisationPages(routes, context);
      createOrganisationForm(routes, context, organisations.organisation, pages);
      createLogoAndReferents(routes, context, organisations, pages);
    },
  };
}
