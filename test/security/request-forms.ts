/** What the models of a request in any order have in common. */
import fc from 'fast-check';
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

/**
 * Runs requests in any order of the commands, most of them after some or all of the steps in their order; each ends with
 * `end`, which compares the request with its model. `begin` makes both for a request of that address.
 */
export async function inAnyOrder<Model extends object, Real>(plan: {
  readonly runs: number;
  readonly mostSteps: number;
  readonly inOrder: readonly fc.AsyncCommand<Model, Real>[];
  readonly commands: readonly fc.AsyncCommand<Model, Real>[];
  readonly end: fc.AsyncCommand<Model, Real>;
  readonly begin: (address: string) => Promise<{ readonly model: Model; readonly real: Real }>;
}): Promise<void> {
  const { inOrder, commands, end, begin } = plan;
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.constant(inOrder.length), fc.nat({ max: inOrder.length })),
      fc.commands(
        commands.map(each => fc.constant(each)),
        { maxCommands: plan.mostSteps },
      ),
      async (before, steps) => {
        const { model, real } = await begin(`iris.modele${run++}@exemple.fr`);
        for (const each of inOrder.slice(0, before)) await each.run(model, real);
        await fc.asyncModelRun(() => ({ model, real }), steps);
        await end.run(model, real);
      },
    ),
    // Shrinking would need requests of its own; the seed of a failure is printed.
    { numRuns: plan.runs, endOnFailure: true },
  );
}

/** The state that the page shows of a request. */
export const stateOf = ({ page }: Applicant): string | undefined =>
  /data-state="(\w+)"/u.exec(page().body)?.[1];
