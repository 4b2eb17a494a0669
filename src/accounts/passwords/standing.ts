import type { Clock } from '#kernel/index.ts';
import type { Accounts } from '../accounts.ts';
import type { Activity } from '../activity.ts';
import type { AccountsSettings } from '../section.ts';
import type { Account } from '../types.ts';
import { addCalendarMonths } from './rotation.ts';

/** How a password stands: whether it must be changed and why, and whether anybody has signed in by it. */
export function createPasswordStanding(deps: {
  readonly clock: Clock;
  readonly settings: AccountsSettings;
  readonly activity: Activity;
}): Pick<Accounts, 'passwordState' | 'isAtFirstSignIn'> {
  const { clock, settings, activity } = deps;
  return {
    passwordState(account) {
      if (account.passwordHash === undefined) return { mustChange: false };
      const months = settings.passwordMonths;
      const expiry =
        months > 0 && account.passwordChangedAt !== undefined
          ? { expiresAt: addCalendarMonths(account.passwordChangedAt, months) }
          : {};
      if (account.mustChangePassword)
        return { mustChange: true, reason: isUnused(account) ? 'first_sign_in' : 'imposed', ...expiry };
      if (account.isPasswordEnded) return { mustChange: true, reason: 'imposed', ...expiry };
      const hasExpired = expiry.expiresAt !== undefined && clock.now() >= expiry.expiresAt;
      return hasExpired
        ? { mustChange: true, reason: 'expired', ...expiry }
        : { mustChange: false, ...expiry };
    },

    async isAtFirstSignIn(account) {
      if (account.mustChangePassword) return isUnused(account);
      return account.isFirstChosenByLink === true && (await activity.lastOf(account.id)) === null;
    },
  };
}

/** True until its owner has chosen a password: there is none yet, or the one that was sent. */
export function isUnused({ passwordHash, passwordHistory, mustChangePassword }: Account): boolean {
  return passwordHistory.length === 0 && (passwordHash === undefined || mustChangePassword);
}
