import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import type { Logos } from '../logos/index.ts';
import { createApplicationActs, type ApplicationActs } from './acts.ts';
import { createApplicationForm } from './form-page.ts';
import { createApplicationLogo } from './logo-page.ts';
import { createApplicationPages } from './pages.ts';
import { createSecretActs, type SecretActs } from './secret-acts.ts';
import { createSecretPages } from './secret-pages.ts';
import { createTrialPages, tried } from './trial-pages.ts';

/** Everything that is done to applications; the API uses the same acts. */
export interface ApplicationsActs {
  readonly application: ApplicationActs;
  readonly secret: SecretActs;
}

/** Applications: who they are, what they may ask for, their secret, their tile, and a sign-in on trial. */
export function createApplications(
  context: AdminContext,
  logos: Logos,
): Feature & { readonly applications: ApplicationsActs } {
  const { signInScopes, apiScopes } = context.ports.relyingParties;
  const applications: ApplicationsActs = {
    application: createApplicationActs({
      ...context,
      logos,
      knownScopes: new Set([...signInScopes, ...apiScopes]),
    }),
    secret: createSecretActs(context),
  };
  return {
    applications,
    acts: Object.values(applications).flatMap(group => Object.values(group) as Act[]),
    events: [tried],
    mount(routes) {
      const pages = createApplicationPages(routes, context);
      createApplicationForm(routes, context, applications.application, pages);
      createApplicationLogo(routes, context, applications.application, pages);
      createSecretPages(routes, context, applications.secret, pages);
      createTrialPages(routes, context, pages);
    },
  };
}
