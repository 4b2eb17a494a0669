import type { Method } from '#methods/index.ts';
import type { Devices } from '../devices.ts';
import type { Guard } from '../guard.ts';
import type { Step } from '../step.ts';

/** The password alone: the person of the running session proves themselves again (`prompt=login`, `max_age`). */
export function createReauthenticateStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly password: Method;
  readonly now: () => number;
}): Step {
  const { guard, devices, password, now } = deps;
  return {
    kind: 'proof',
    isDue: async visit =>
      visit.interaction.reauthenticate &&
      visit.interaction.session !== undefined &&
      visit.person !== null &&
      visit.state.proofs.length === 0 &&
      // Whoever has no password, or may not use it here, proves themselves again by another means (the challenge step).
      visit.methods.some(({ id }) => id === password.id) &&
      (await password.isAvailableTo(visit.person)),
    owns: (_visit, form) => form.has('password') && !form.has('login'),
    async page(visit) {
      return { view: 'signin/password', data: { login: visit.person?.account.login ?? '' } };
    },
    async submit(visit, form) {
      const typed = form.get('password');
      if (typed === '' || !visit.person) return { refusal: { code: 'signin.password_missing' } };
      const { person } = visit;
      const verdict = await guard.attempt(
        {
          method: password,
          login: person.account.login,
          person,
          source: visit.source,
          client: visit.interaction.clientId,
          knownDevice: await devices.known(visit.ctx, person.account.id),
        },
        () => password.verify(person, typed, { interaction: visit.interaction.uid, purpose: 'first' }),
      );
      if (!verdict.ok) return { refusal: { ...verdict } };
      return { change: { accountId: person.account.id, proofs: [{ method: password.id, at: now() }] } };
    },
  };
}
