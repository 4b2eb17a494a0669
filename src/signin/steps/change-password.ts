import { tellPasswordChanged, type Accounts } from '#accounts/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Devices } from '../devices.ts';
import type { Guard } from '../guard.ts';
import type { Step } from '../step.ts';

/**
 * Told of a password that its owner has changed. SECURITY: whoever had the old one may have sessions; all end but that
 * of this browser, which is named when there is one.
 */
export type OnPasswordChanged = (accountId: string, exceptUid: string | undefined) => Promise<void>;

/** A new password, when the one that was just shown is a first one, has run out, or was ended by an administrator. */
export function createChangePasswordStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly accounts: Accounts;
  readonly notify: Notify;
  readonly clock: Clock;
  readonly onPasswordChanged: OnPasswordChanged;
}): Step {
  const { guard, devices, accounts, onPasswordChanged } = deps;
  return {
    kind: 'duty',
    // Only who came with the password is asked: a card or a code is no reason to choose a new one.
    isDue: ({ person, state }) =>
      person !== null &&
      state.proofs.some(({ method }) => method === 'password') &&
      accounts.passwordState(person.account).mustChange,
    owns: (_visit, form) => form.has('new_password'),
    async page({ person }, form) {
      if (!person) throw new TypeError('a password is changed by somebody');
      const { reason } = accounts.passwordState(person.account);
      return {
        view: 'signin/change-password',
        data: {
          login: person.account.login,
          reason: reason ?? null,
          rules: await accounts.passwordRules({ ...person, password: form?.get('new_password') ?? '' }),
          suggestion: accounts.generatePassword(),
        },
      };
    },
    async submit({ ctx, person, source, interaction, state }, form) {
      if (!person) return { refusal: { code: 'signin.form_outdated' } };
      const chosen = form.get('new_password');
      if (chosen !== form.get('new_password_repeat')) {
        return { refusal: { code: 'signin.passwords_differ' } };
      }
      const { id, login } = person.account;
      const knownDevice = await devices.known(ctx, id);
      const asker = { login, person, source, client: interaction.clientId, knownDevice };
      const reason = accounts.passwordState(person.account).reason ?? 'chosen';
      const admitted = await guard.admit(asker, 'change-password', () =>
        accounts.changePassword(id, chosen, { reason, actor: id, source }),
      );
      if (!admitted.ok) return { refusal: { ...admitted } };
      const outcome = admitted.value;
      if (outcome === 'changed') {
        await onPasswordChanged(id, interaction.session?.uid);
        await tellPasswordChanged(deps, person.professional);
        // Who has just chosen it has just shown it; the former one proves nothing any more.
        const others = state.proofs.filter(({ method }) => method !== 'password');
        return {
          change: {
            proofs: [...others, { method: 'password', at: deps.clock.now() }],
            ...(reason === 'first_sign_in' && { isFirst: true as const }),
          },
        };
      }
      return {
        refusal: {
          code: 'signin.password_refused',
          fields: { new_password: outcome.map(problem => problem.sentence) },
        },
      };
    },
  };
}
