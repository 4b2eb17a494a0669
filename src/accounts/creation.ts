import type { Audit } from '#audit/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Collection } from '#store/index.ts';
import type { Accounts } from './accounts.ts';
import { accountCreated } from './events.ts';
import type { Hasher } from './hashing/hasher.ts';
import { isArgon2Hash } from './hashing/phc.ts';
import { isLogin, type Logins } from './logins.ts';
import { normalisePassword } from './passwords/rules.ts';
import { invalid } from './refusals.ts';
import type { Account } from './types.ts';

/** How an account begins: its login is reserved, its password hashed, its creation traced. */
export function createCreation(deps: {
  readonly accounts: Collection<Account>;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly hasher: Hasher;
  readonly logins: Logins;
}): Pick<Accounts, 'create'> {
  const { accounts, clock, audit, hasher, logins } = deps;
  return {
    async create(init) {
      if (init.login !== undefined && !isLogin(init.login)) throw invalid('login_invalid');
      if (init.passwordHash !== undefined && !isArgon2Hash(init.passwordHash)) throw invalid('hash_invalid');
      const passwordHash =
        init.passwordHash ??
        (init.password === undefined ? undefined : await hasher.hash(normalisePassword(init.password)));
      const now = clock.now();
      // ORDER: the reservation first: a crash leaves a login that is held for this `sub`, and the next try takes it.
      const login = init.login ?? (await logins.reserveFor(init.names, init.sub));
      if (init.login !== undefined) await logins.reserve(init.login, init.sub);
      const account: Account = {
        id: init.sub,
        login,
        ...(passwordHash !== undefined && {
          passwordHash,
          passwordChangedAt: init.passwordChangedAt ?? now,
        }),
        mustChangePassword: init.mustChangePassword ?? false,
        passwordHistory: [],
        termsAccepted: init.termsAccepted ?? [],
        createdAt: now,
      };
      const trace = { actor: init.actor, account: account.id, data: { login, origin: init.origin } };
      // ORDER: an account opens the sign-in, so its trace comes first; one that came to nothing is traced as such.
      await audit.record(accountCreated, { ...trace, outcome: 'success' });
      try {
        await accounts.insert(account);
      } catch (error) {
        await audit.record(accountCreated, { ...trace, outcome: 'failure' });
        throw error;
      }
      return account;
    },
  };
}
