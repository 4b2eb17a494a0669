/** What the models of a request in any order have in common. */
import type fc from 'fast-check';
import type { Applicant } from '../enrolment/applicant.ts';

/** The forms of a nurse's request, in their order, and a valid answer to each; the proofs are uploaded apart. */
export const STEPS = {
  profession: { profession: '60' },
  number: { rpps: '' },
  name: { civility: 'MME', family_name: 'Modele', given_name: 'Iris' },
  address: { street: '2 boulevard Tonnellé', postcode: '37000' },
  workplace: { workplace: 'place:chu' },
  phones: { mobile: '06 12 34 56 78' },
} as const;
export type Step = keyof typeof STEPS;
export const ORDER = Object.keys(STEPS) as readonly Step[];

/** Many requests of one source, to addresses that are written to again and again. */
export const UNBOUND = {
  TROUSSEAU_REQUESTS_PER_SOURCE: '10000',
  TROUSSEAU_REQUEST_MAILS_PER_ADDRESS: '1000',
  TROUSSEAU_REQUEST_MAILS_PER_SOURCE: '10000',
  TROUSSEAU_CODE_RESEND: '0',
};

/** A command that may be run at any time: the model says whether it does anything. */
export function commandOf<Model extends object, Real>(
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
): fc.AsyncCommand<Model, Real> {
  return { check: () => true, run, toString: () => name };
}

/** The state that the page shows of a request. */
export const stateOf = ({ page }: Applicant): string | undefined =>
  /data-state="(\w+)"/u.exec(page().body)?.[1];
