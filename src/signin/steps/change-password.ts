import { tellPasswordChanged, type Accounts } from '#accounts/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Step } from '../step.ts';

/** A new password, when the one that was just shown is a first one, has run out, or was ended by an administrator. */
export function createChangePasswordStep(deps: {
  readonly accounts: Accounts;
  readonly notify: Notify;
  readonly clock: Clock;
}): Step {
  const { accounts } = deps;
  return {
    kind: 'duty',
    // Only who came with the password is asked: a card or a code is no reason to choose a new one.
    isDue: ({ person, state }) =>
      person !== null &&
      state.proofs.some(({ method }) => method === 'password') &&
      accounts.passwordState(person.account).mustChange,
    owns: (_visit, form) => form.has('new_password'),
    async page({ person }) {
      if (!person) throw new TypeError('a password is changed by somebody');
      const { reason } = accounts.passwordState(person.account);
      return {
        view: 'signin/change-password',
        data: {
          login: person.account.login,
          reason: reason ?? null,
          rules: accounts.passwordRules(),
          suggestion: accounts.generatePassword(),
        },
      };
    },
    async submit({ person, source }, form) {
      if (!person) return { refusal: { code: 'signin.form_outdated' } };
      const chosen = form.get('new_password');
      if (chosen !== form.get('new_password_repeat')) {
        return { refusal: { code: 'signin.passwords_differ' } };
      }
      const { id } = person.account;
      const outcome = await accounts.changePassword(id, chosen, {
        reason: accounts.passwordState(person.account).reason ?? 'chosen',
        actor: id,
        source,
      });
      if (outcome === 'changed') {
        await tellPasswordChanged(deps, person.professional);
        return { change: {} };
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
