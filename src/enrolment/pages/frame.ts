import type { AccountRequest } from '../request.ts';
import { missingOf, reachableOf, STEP_TITLES, stepsOf, type StepId } from '../steps.ts';

/** What every page of the form shows: where one is among the steps, and how one leaves. */
export function frameOf(request: AccountRequest, step: StepId) {
  const steps = stepsOf(request);
  const missing = new Set(missingOf(request));
  const reachable = reachableOf(request);
  const at = steps.indexOf(step);
  return {
    step,
    stepTitle: STEP_TITLES[step],
    number: at + 1,
    previous: steps[at - 1] ?? null,
    steps: steps.map(id => ({
      id,
      title: STEP_TITLES[id],
      isDone: id !== 'summary' && !missing.has(id),
      isReachable: reachable.has(id),
    })),
    isEmailVerified: request.answers.email?.isVerified === true,
    expiresAt: request.expiresAt ?? null,
  };
}

/** Where a step leads: the one that follows it, for a form that is filled in from the first to the last. */
export function nextOf(request: AccountRequest, step: StepId): string {
  const steps = stepsOf(request);
  const next = steps[steps.indexOf(step) + 1] ?? 'summary';
  // Whoever gave an address before its turn goes back to where they were.
  return `/request/${reachableOf(request).has(next) ? next : (missingOf(request)[0] ?? 'summary')}`;
}
