import { AppError, isAppError } from '#kernel/index.ts';
import type { Act } from '../acts/act.ts';
import type { Acts } from '../acts/perform.ts';
import type { Admitted } from '../api/admission.ts';

/** One act of several that a single SCIM request asks for. */
export interface Step {
  /** Throws as `Acts.preview`. */
  readonly preview: () => Promise<unknown>;
  /** Throws as `Acts.perform`, and `admin.second_person_needed` (403) once the act was proposed. */
  readonly perform: () => Promise<void>;
}

export function stepOf<I, R>(
  acts: Acts,
  { administrator, source }: Admitted,
  act: Act<I, R>,
  input: unknown,
): Step {
  return {
    preview: () => acts.preview(administrator, act, input),
    async perform() {
      const outcome = await acts.perform(administrator, act, input, { via: 'scim', source });
      if (outcome.state === 'proposed') throw awaitsSecondPerson();
    },
  };
}

/** SPEC: RFC 7644 §3.5.2: all or nothing: what one of them would be refused for is found before any is done. */
export async function performAll(steps: readonly Step[]): Promise<void> {
  if (steps.length > 1) for (const step of steps) await tryOut(step);
  for (const { perform } of steps) await perform();
}

async function tryOut({ preview, perform }: Step): Promise<void> {
  try {
    await preview();
  } catch (error) {
    // SECURITY: an attempt that the policy refuses leaves its trace: it is refused by the one door itself.
    if (isAppError(error) && error.status < 500) return perform();
    throw error;
  }
}

function awaitsSecondPerson(): AppError {
  return new AppError({
    code: 'admin.second_person_needed',
    status: 403,
    publicMessage: 'Cet acte a été proposé : une seconde personne doit le confirmer.',
  });
}
