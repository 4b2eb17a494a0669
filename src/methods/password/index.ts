import type { Accounts } from '#accounts/index.ts';
import { ACR } from '#kernel/index.ts';
import type { Method } from '../method.ts';

/**
 * The password. Owns nothing: hashing, history and rotation are `accounts/`. Verifies the password
 * only, not whether it must be changed, nor whether the account is suspended.
 */
export function createPasswordMethod({ accounts }: { readonly accounts: Accounts }): Method {
  return {
    id: 'password',
    title: 'Mot de passe',
    factor: 'knowledge',
    resistsPhishing: false,
    amr: ['pwd'],
    acrAlone: ACR.pwd,
    acrAsSecond: null,
    choice: { label: 'Mot de passe', icon: 'password' },
    isAvailableTo: person => person === null || person.account.passwordHash !== undefined,
    assertReady: () => accounts.assertReady(),
    async verify(person, input) {
      // SECURITY: accounts.verifyPassword hashes for nobody too, so that a stranger cannot time who exists.
      const matches = await accounts.verifyPassword(person?.account ?? null, input);
      return matches ? { ok: true } : { ok: false, code: 'signin.credentials_refused' };
    },
  };
}
