/**
 * Administration: who may change what in their branch, by page, by file and by API. Owns the acts (one door for all of
 * them: judged by the policy, recorded with before and after, confirmed by a second person where marked), the searches
 * within a branch, and the pages. Owns no person, account, network or application: those are in `directory/` and
 * `accounts/`; who may do what where is decided by `access/`.
 */
import Router from '@koa/router';
import type { Act } from './acts/act.ts';
import { createAdmission } from './api/admission.ts';
import { createApi } from './api/index.ts';
import { actEvents } from './acts/events.ts';
import { createAppointments } from './appointments/index.ts';
import { createActs } from './acts/perform.ts';
import { createProposals } from './acts/proposals.ts';
import type { AdminContext, AdminDeps, Feature, OwnWork, PeriodicWork } from './context.ts';
import { createApplications } from './applications/index.ts';
import { createDashboard } from './dashboard/index.ts';
import { createDesk } from './desk.ts';
import { createIdentityPage } from './identity-page.ts';
import { createLogos } from './logos/index.ts';
import { createNetworks } from './networks/index.ts';
import { createFiles } from './files/index.ts';
import { createOrganisations } from './organisations/index.ts';
import { createCatalogue, FOLLOW_SECONDS } from './people/catalogue.ts';
import { createPeople } from './people/index.ts';
import { createScim } from './scim/index.ts';
import { createExplainAdmin } from './explain/index.ts';
import { createEmergenciesAdmin } from './emergencies/index.ts';
import { createDeliveriesAdmin } from './deliveries/index.ts';
import { createMailsAdmin } from './mails/index.ts';
import { createMeansAdmin } from './means/index.ts';
import { createPoliciesAdmin } from './policies/index.ts';
import { createRcpAdmin } from './rcp/index.ts';
import { createRequestsAdmin } from './requests/index.ts';
import { createRecordsAdmin } from './records/index.ts';
import { createReviews } from './reviews/index.ts';
import { createReferenceAdmin, referenceImported } from './reference/index.ts';
import { createTermsAdmin } from './terms/index.ts';
import { createTokensAdmin } from './tokens/index.ts';
import { createTrail, type OperatorReports } from './trail/index.ts';
import { createWebhooks } from './webhooks/index.ts';

export {
  createReference,
  inNameCase,
  prefillPerson,
  referenceImported,
  type ReferenceFile,
} from './reference/index.ts';
export { decisionExplained } from './explain/events.ts';
export { adminSection } from './section.ts';
export type { AdminDeps, PeriodicWork } from './context.ts';
export type { OperatorAsked, OperatorReports } from './trail/index.ts';
export type { AdminPorts, RelyingParties, AdministeredSession, ApiClient, SignedIn } from './ports.ts';

export interface Admin {
  readonly routes: Router;
  /** For `jobs/`. */
  readonly jobs: readonly PeriodicWork[];
  /** For `jobs/` too, on every instance. */
  readonly ownJobs: readonly OwnWork[];
  /** Reports on the trail, for the command line. */
  readonly reports: OperatorReports;
}

export function createAdmin(deps: AdminDeps): Admin {
  const registry = new Map<string, Act>();
  const context: AdminContext = {
    ...deps,
    desk: createDesk(deps),
    acts: createActs({ ...deps, proposals: createProposals(deps), acts: () => registry }),
    catalogue: createCatalogue(deps),
  };
  const people = createPeople(context);
  const admission = createAdmission(context);
  const files = createFiles(context, people.people);
  const appointments = createAppointments(context, people.people);
  const logos = createLogos(context);
  const organisations = createOrganisations(context, logos);
  const networks = createNetworks(context);
  const applications = createApplications(context, logos);
  const terms = createTermsAdmin(context);
  const means = createMeansAdmin(context);
  const mails = createMailsAdmin(context);
  const policies = createPoliciesAdmin(context);
  const deliveries = createDeliveriesAdmin(context);
  const emergencies = createEmergenciesAdmin(context);
  const webhooks = createWebhooks(context);
  const reference = createReferenceAdmin(context);
  const reviews = createReviews(context, people.people);
  const requests = createRequestsAdmin(context, people.people, logos);
  const events = () => [
    ...deps.ports.events,
    ...actEvents,
    referenceImported,
    ...[...registry.values()].map(({ event }) => event),
    ...features.flatMap(feature => feature.events ?? []),
  ];
  const trail = createTrail(context, events);
  // One line a part.
  const features: readonly Feature[] = [
    // ORDER: pages of its own name under /admin/people come before that of a person, whose name is any.
    files,
    people,
    organisations,
    networks,
    applications,
    createApi(context, admission, {
      ...people,
      ...files,
      ...appointments,
      ...organisations,
      ...networks,
      ...applications,
      ...terms,
      ...means,
      ...mails,
      ...policies,
      ...deliveries,
      ...emergencies,
      ...webhooks,
      ...trail,
      ...reviews,
      ...requests,
    }),
    createScim(context, admission, people.people),
    terms,
    means,
    createTokensAdmin(context),
    createRcpAdmin(context),
    emergencies,
    createExplainAdmin(context),
    createRecordsAdmin(context),
    deliveries,
    webhooks,
    mails,
    policies,
    reviews,
    requests,
    createDashboard(context, {
      reviews: reviews.reviews,
      workList: requests.workList,
      emergencies: emergencies.emergencyViews,
      watches: [reference.watch, async () => context.means.methods.flatMap(method => method.lists?.() ?? [])],
    }),
    reference,
    appointments,
    trail,
    createIdentityPage(context),
  ];

  const routes = new Router();
  // Another instance may have answered the form before this page: what it has written is to be seen here at once.
  routes.use(async (_ctx, next) => {
    for (const kept of [deps.directory, deps.means, deps.terms]) kept.refresh();
    await next();
  });
  for (const { acts = [], mount } of features) {
    for (const act of acts) {
      if (registry.has(act.name)) throw new TypeError(`the act ${act.name} is registered twice`);
      registry.set(act.name, act);
    }
    mount?.(routes);
  }
  return {
    routes,
    jobs: features.flatMap(({ jobs = [] }) => jobs),
    ownJobs: [{ name: 'admin.catalogue', seconds: FOLLOW_SECONDS, run: context.catalogue.follow }],
    reports: trail.reports,
  };
}
