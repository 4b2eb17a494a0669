import { randomBytes } from 'node:crypto';
import { isAppError } from '#kernel/index.ts';
import type { Collection } from '#store/index.ts';
import type { Accounts } from '../accounts.ts';
import type { Hasher } from '../hashing/hasher.ts';
import { formatPhc } from '../hashing/phc.ts';
import type { AccountsSettings } from '../section.ts';
import type { Account } from '../types.ts';
import { isTooLong, normalisePassword } from './rules.ts';

/** Whether it is the password: the same work for everybody, and an outdated hash made anew. */
export function createVerification(deps: {
  readonly accounts: Collection<Account>;
  readonly hasher: Hasher;
  readonly settings: AccountsSettings;
}): Pick<Accounts, 'verifyPassword' | 'assertReady'> {
  const { accounts, hasher, settings } = deps;
  // SECURITY: a hash that no password has, at today's cost: nobody's sign-in takes as long as somebody's.
  const nobodysHash = formatPhc({
    memoryKiB: settings.hashMemoryKiB,
    passes: settings.hashPasses,
    parallelism: settings.hashParallelism,
    salt: randomBytes(16),
    hash: randomBytes(32),
  });

  /** Best effort: the password was right, and the next sign-in tries again. */
  async function renewHash(account: Account, password: string): Promise<void> {
    try {
      const passwordHash = await hasher.hash(password);
      await accounts.update(account.id, before =>
        // A password that was changed meanwhile stays changed.
        before.passwordHash === account.passwordHash ? { ...before, passwordHash } : before,
      );
    } catch (error) {
      if (!isAppError(error) || error.status !== 503) throw error;
    }
  }

  return {
    assertReady: () => hasher.assertFree(),

    async verifyPassword(account, given) {
      const password = normalisePassword(given);
      const hash = account?.passwordHash;
      if (hash === undefined || isTooLong(password)) {
        await hasher.verify(nobodysHash, isTooLong(password) ? '' : password);
        return false;
      }
      const matches = await hasher.verify(hash, password);
      if (matches && account && hasher.isOutdated(hash)) await renewHash(account, password);
      return matches;
    },
  };
}
