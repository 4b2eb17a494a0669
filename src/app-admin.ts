import type { CallGuard } from '#access/index.ts';
import type { AdminPorts } from '#admin/index.ts';
import type { Enrolment } from '#enrolment/index.ts';
import type { Forgotten } from '#forgotten/index.ts';
import { API_SCOPES, OIDC_SCOPES, type Oidc } from '#oidc/index.ts';
import type { Portal } from '#portal/index.ts';
import { productEvents } from './events.ts';

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
    events: productEvents,
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
