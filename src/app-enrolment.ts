import { createReference, inNameCase, prefillPerson } from '#admin/index.ts';
import type { Administration } from '#access/index.ts';
import { isInForce } from '#directory/index.ts';
import type { EnrolmentPorts } from '#enrolment/index.ts';
import { ACR, acrRank, type Clock } from '#kernel/index.ts';
import type { Oidc } from '#oidc/index.ts';
import type { Portal } from '#portal/index.ts';
import type { Store } from '#store/index.ts';

/** What requests for an account ask of the registers that administration imports, and of who is signed in. */
export function createEnrolmentPorts(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly administration: Pick<Administration, 'policy'>;
  readonly visitors: Pick<Portal['visitors'], 'find'>;
  readonly signInUrl: Oidc['signInUrl'];
}): EnrolmentPorts {
  const { clock, administration, visitors, signInUrl } = deps;
  const reference = createReference(deps);
  return {
    async asker(ctx) {
      const visitor = await visitors.find(ctx);
      // SECURITY: a password alone writes to nobody in somebody's name.
      if (!visitor || acrRank(visitor.session.acr) < acrRank(ACR.code)) return null;
      const { id: sub, givenName, familyName, memberships } = visitor.professional;
      const policy = administration.policy();
      const held = memberships.filter(
        membership =>
          isInForce(membership, clock.nowMs()) &&
          policy.row(membership.profile, 'account_request', 'ask') !== undefined,
      );
      return {
        sub,
        name: `${givenName} ${familyName}`,
        mayAsk: held.length > 0,
        organisations: [...new Set(held.flatMap(({ organisation = [] }) => organisation))],
      };
    },
    signInUrl: returnTo => signInUrl(returnTo, { acr: ACR.code }),
    async lookUpRpps(rpps) {
      const prefill = await prefillPerson(reference, rpps);
      if (!prefill) return { outcome: 'not_imported' };
      if (!prefill.values) return { outcome: 'unknown' };
      const { family_name, given_name, civility, profession } = prefill.values;
      return { outcome: 'found', familyName: family_name, givenName: given_name, civility, profession };
    },
    async townOf(finess) {
      const city = (await reference.lookupFiness(finess))?.city;
      return city === undefined ? null : inNameCase(city);
    },
  };
}
