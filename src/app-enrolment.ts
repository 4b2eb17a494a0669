import { createReference, prefillPerson } from '#admin/index.ts';
import type { EnrolmentPorts } from '#enrolment/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';

/** What requests for an account ask of the registers that administration imports. */
export function createEnrolmentPorts(deps: { readonly store: Store; readonly clock: Clock }): EnrolmentPorts {
  const reference = createReference(deps);
  return {
    async lookUpRpps(rpps) {
      const prefill = await prefillPerson(reference, rpps);
      if (!prefill) return { outcome: 'not_imported' };
      if (!prefill.values) return { outcome: 'unknown' };
      const { family_name, given_name, civility, profession } = prefill.values;
      return { outcome: 'found', familyName: family_name, givenName: given_name, civility, profession };
    },
    townOf: async finess => (await reference.lookupFiness(finess))?.city ?? null,
  };
}
