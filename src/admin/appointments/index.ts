import type { AdminContext, Feature } from '../context.ts';
import { createChoices } from '../people/choices.ts';
import type { MembershipActs } from '../people/membership-acts.ts';
import { createSignedForms } from './documents.ts';
import { createAppointmentPages, formRead } from './pages.ts';

/**
 * Appointments: who administers which branch, on the strength of a form signed by the head of the establishment. Gives
 * and removes by the acts on memberships; owns the signed forms.
 */
export function createAppointments(
  context: AdminContext,
  people: { readonly membership: MembershipActs },
): Feature {
  return {
    events: [formRead],
    mount(routes) {
      createAppointmentPages(routes, context, {
        membership: people.membership,
        forms: createSignedForms(context),
        choices: createChoices(context.directory),
      });
    },
  };
}
