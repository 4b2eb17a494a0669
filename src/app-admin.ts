import { accessEvents, type CallGuard } from '#access/index.ts';
import { accountsEvents } from '#accounts/index.ts';
import type { AdminPorts } from '#admin/index.ts';
import { auditEvents } from '#audit/index.ts';
import { enrolmentEvents, type Enrolment } from '#enrolment/index.ts';
import type { Forgotten } from '#forgotten/index.ts';
import { forgottenEvents } from '#forgotten/index.ts';
import { cardEvents, methodsEvents } from '#methods/index.ts';
import { notifyEvents } from '#notify/index.ts';
import { API_SCOPES, OIDC_SCOPES, oidcEvents, type Oidc } from '#oidc/index.ts';
import { operationEvents } from '#operation/index.ts';
import { portalEvents, type Portal } from '#portal/index.ts';
import { regionEvents } from '#region/index.ts';
import { signinEvents } from '#signin/index.ts';

/** What administration asks of the modules that it does not know. */
export function createAdminPorts(deps: {
  readonly oidc: Oidc;
  readonly portal: Portal;
  readonly guard: CallGuard;
  readonly forgotten: Pick<Forgotten, 'firstLinks'>;
  readonly enrolment: Pick<Enrolment, 'guideFor'>;
}): AdminPorts {
  const { oidc, portal, guard, forgotten, enrolment } = deps;
  const { sessions } = oidc;
  return {
    events: [
      ...accessEvents,
      ...accountsEvents,
      ...auditEvents,
      ...methodsEvents,
      ...cardEvents,
      ...enrolmentEvents,
      ...forgottenEvents,
      ...portalEvents,
      ...notifyEvents,
      ...oidcEvents,
      ...operationEvents,
      ...regionEvents,
      ...signinEvents,
    ],
    async signedIn(ctx) {
      const visitor = await portal.visitors.find(ctx);
      if (!visitor) return null;
      const { uid, acr, authTime } = visitor.session;
      const { id: sub, givenName, familyName } = visitor.professional;
      return { sub, name: `${givenName} ${familyName}`, session: { uid, acr, authTime } };
    },
    sendFirstLink: (account, person, id) => forgotten.firstLinks.send(account, person, id),
    guideFor: profession => enrolment.guideFor(profession),
    signInUrl: (returnTo, asked) => oidc.signInUrl(returnTo, asked),
    relyingParties: { signInScopes: OIDC_SCOPES, apiScopes: API_SCOPES, trials: oidc.trials },
    securityEvents: {
      sign: claims => oidc.statements.sign(claims, 'secevent+jwt'),
      jwksUri: oidc.statements.jwksUri,
    },
    sessions: {
      list: sub => sessions.list(sub),
      end: (uid, reason) => sessions.end(uid, reason),
      endAll: (sub, reason) => sessions.endAll(sub, reason),
    },
    authenticate: ctx => guard.authenticate(ctx),
    noteRefusal: (ctx, error, client) => guard.noteRefusal(ctx, error, client),
  };
}
