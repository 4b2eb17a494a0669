import type { AdminContext, Feature } from '../context.ts';
import { createChoices } from '../people/choices.ts';
import type { MembershipActs } from '../people/membership-acts.ts';
import { createSignedForms } from './documents.ts';
import { createAppointmentPages } from './pages.ts';
import { createAppointmentRegister, formRead, type Appointments } from './register.ts';

export type { Appointment, Appointments } from './register.ts';
export { MAX_FORM_BYTES } from './documents.ts';

/**
 * Appointments: who administers which branch, on the strength of a form signed by the head of the establishment. Gives
 * and removes by the acts on memberships; owns the signed forms.
 */
export function createAppointments(
  context: AdminContext,
  people: { readonly membership: MembershipActs },
): Feature & { readonly appointments: Appointments } {
  const { membership } = people;
  const appointments = createAppointmentRegister(context, { membership, forms: createSignedForms(context) });
  return {
    appointments,
    events: [formRead],
    mount(routes) {
      createAppointmentPages(routes, context, {
        membership,
        register: appointments,
        choices: createChoices(context.directory),
      });
    },
  };
}
