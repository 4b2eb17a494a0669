/**
 * `/admin/api/v1`: what the pages do, for the applications of the region. Owns the table of routes, from which the
 * endpoints and their documentation both come, and what HTTP asks of them all (who calls, versions, keys, pages).
 * Owns no act and no right: acts are judged and done by the one door, and reads are filtered by the authority of
 * the application, bound to its branch.
 */
import { hashToken } from '#kernel/index.ts';
import type { ApplicationsActs } from '../applications/index.ts';
import type { Appointments } from '../appointments/index.ts';
import type { AdminContext, Feature } from '../context.ts';
import type { DeliveryActs } from '../deliveries/acts.ts';
import type { EmergencyViews } from '../emergencies/views.ts';
import type { ListFiles } from '../files/index.ts';
import type { MailActs } from '../mails/acts.ts';
import type { SmsActs, SmsReader } from '../mails/sms-acts.ts';
import type { MeansActs } from '../means/acts.ts';
import type { NetworkActs } from '../networks/acts.ts';
import type { NoticeActs } from '../networks/notice-acts.ts';
import type { ValidatorActs } from '../networks/validator-acts.ts';
import type { OrganisationsActs } from '../organisations/index.ts';
import type { PeopleActs } from '../people/index.ts';
import type { PolicyActs } from '../policies/acts.ts';
import type { RequestActs } from '../requests/index.ts';
import type { WorkList } from '../requests/work-list.ts';
import type { LaunchAct } from '../reviews/launch-act.ts';
import type { LineActs } from '../reviews/line-acts.ts';
import type { ReviewViews } from '../reviews/views.ts';
import type { TermsActs } from '../terms/acts.ts';
import type { Trail } from '../trail/index.ts';
import type { WebhookActs } from '../webhooks/acts.ts';
import type { WebhookStore } from '../webhooks/subscriptions.ts';
import { accountRoutes } from './account-routes.ts';
import { createActRoutes } from './act-route.ts';
import type { Admission } from './admission.ts';
import { applicationRoutes } from './application-routes.ts';
import { appointmentRoutes } from './appointment-routes.ts';
import { createApiPage } from './browse-page.ts';
import { delegationRoutes } from './delegation-routes.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { emergencyRoutes } from './emergency-routes.ts';
import { API_ROOT, createEndpoint } from './endpoint.ts';
import { isUnchanged } from './etags.ts';
import { exportRoutes } from './export-routes.ts';
import { createIdempotency } from './idempotency.ts';
import { importRoutes } from './import-routes.ts';
import { openApiOf } from './openapi.ts';
import { mailRoutes } from './mail-routes.ts';
import { meansRoutes } from './means-routes.ts';
import { membershipRoutes } from './membership-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { noticeRoutes } from './notice-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { proposalRoutes } from './proposal-routes.ts';
import { rcpRoutes } from './rcp-routes.ts';
import { requestRoutes } from './request-routes.ts';
import { reviewRoutes } from './review-routes.ts';
import type { ApiRoute } from './route.ts';
import { settingsRoutes } from './settings-routes.ts';
import { smsRoutes } from './sms-routes.ts';
import { structureRoutes } from './structure-routes.ts';
import { termsRoutes } from './terms-routes.ts';
import { trailRoutes } from './trail-routes.ts';
import { createTurns } from '../turns.ts';
import { createViews } from './views.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** Of the API itself: changes with what it answers, not with the product. */
const VERSION = '1.0.0';

/** The acts of the other parts of administration that the API offers too. */
export interface ApiActs {
  readonly people: PeopleActs;
  readonly organisations: OrganisationsActs;
  readonly networks: NetworkActs;
  readonly noticeActs: NoticeActs;
  readonly validators: ValidatorActs;
  readonly applications: ApplicationsActs;
  readonly terms: TermsActs;
  readonly means: MeansActs;
  readonly mails: MailActs;
  readonly sms: SmsActs;
  readonly smsReader: SmsReader;
  readonly policies: PolicyActs;
  readonly deliveries: DeliveryActs;
  readonly files: ListFiles;
  readonly appointments: Appointments;
  readonly webhooks: WebhookActs;
  readonly webhookStore: WebhookStore;
  readonly trail: Trail;
  readonly emergencyViews: EmergencyViews;
  readonly requests: RequestActs;
  readonly workList: WorkList;
  readonly reviews: ReviewViews;
  readonly reviewActs: LineActs & { readonly launch: LaunchAct };
}

export function createApi(context: AdminContext, admission: Admission, offered: ApiActs): Feature {
  const { administration, acts, issuer } = context;
  const views = createViews({ ...context, authorityOf: who => administration.authorityOf(who) });
  const actRoute = createActRoutes(acts);
  const { people, terms: termsActs, means: meansActs, deliveries: deliveryActs } = offered;
  const { delegation } = people;
  const { apiScopes } = context.ports.relyingParties;
  const parts = {
    ...context,
    ...offered,
    terms: context.terms,
    termsActs,
    means: context.means,
    meansActs,
    deliveries: context.deliveries,
    deliveryActs,
    views,
    delegation,
    apiScopes,
    actRoute,
  };
  const table: readonly ApiRoute[] = [
    ...peopleRoutes(parts),
    ...accountRoutes(parts),
    ...membershipRoutes(parts),
    ...delegationRoutes(parts),
    ...structureRoutes(parts),
    ...noticeRoutes(parts),
    ...settingsRoutes(parts),
    ...applicationRoutes(parts),
    ...termsRoutes(parts),
    ...meansRoutes(parts),
    ...mailRoutes(parts),
    ...smsRoutes(parts),
    ...policyRoutes(parts),
    ...rcpRoutes(parts),
    ...emergencyRoutes(parts),
    ...deliveryRoutes(parts),
    ...webhookRoutes(parts),
    ...appointmentRoutes(parts),
    ...exportRoutes(parts),
    ...importRoutes(parts),
    ...trailRoutes(parts),
    ...reviewRoutes(parts),
    ...requestRoutes(parts),
    ...proposalRoutes(acts),
  ];
  let written: { readonly text: string; readonly tag: string } | undefined;
  /** Written when it is first asked for: most instances never are. */
  function documentOf() {
    if (written) return written;
    const text = JSON.stringify(openApiOf(table, { issuer, version: VERSION }));
    written = { text, tag: `"${hashToken(text).slice(0, 22)}"` };
    return written;
  }

  return {
    mount(routes) {
      const endpoint = createEndpoint({
        issuer,
        admission,
        idempotency: createIdempotency(context),
        turns: createTurns(context),
      });
      // Public: it says what stands in the product's own documentation, and nothing of the region.
      routes.get(`${API_ROOT}/openapi.json`, ctx => {
        const { text, tag } = documentOf();
        ctx.set('Cache-Control', 'public, max-age=300');
        ctx.set('ETag', tag);
        ctx.type = 'application/json';
        if (isUnchanged(ctx.get('If-None-Match'), tag)) ctx.status = 304;
        else ctx.body = text;
      });
      for (const route of table) {
        const path = `${API_ROOT}${route.path.replace(/\{(\w+)\}/gu, ':$1')}`;
        routes.register(path, [route.method], endpoint(route));
      }
      createApiPage(routes, context, table);
    },
  };
}
