import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Collection } from '#store/index.ts';
import type { Accounts, TypedPassword } from '../accounts.ts';
import { passwordChanged } from '../events.ts';
import type { Hasher } from '../hashing/hasher.ts';
import { changedMeanwhile, unknown } from '../refusals.ts';
import type { AccountsSettings } from '../section.ts';
import type { Account } from '../types.ts';
import { createCommonPasswords } from './common.ts';
import { generateReadable } from './generator.ts';
import {
  checkRules,
  describeProblem,
  describeRules,
  normalisePassword,
  type PasswordProblem,
} from './rules.ts';
import { isUnused } from './standing.ts';

/** How a password becomes another: by its owner's choice and the rules, or by an administrator's word. */
export function createPasswordChanges(deps: {
  readonly accounts: Collection<Account>;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly hasher: Hasher;
  readonly settings: AccountsSettings;
  readonly directory: Directory;
}): Pick<
  Accounts,
  | 'checkNewPassword'
  | 'changePassword'
  | 'imposePassword'
  | 'expirePassword'
  | 'passwordRules'
  | 'generatePassword'
> {
  const { accounts, clock, audit, hasher, settings, directory } = deps;
  const common = createCommonPasswords();

  function judge({ account, professional, password }: TypedPassword) {
    const owner = {
      login: account.login,
      ...(professional && { givenName: professional.givenName, familyName: professional.familyName }),
    };
    return checkRules(normalisePassword(password), owner, settings, common);
  }

  async function checkNewPassword(
    account: Account,
    professional: Professional | null,
    given: string,
  ): Promise<readonly PasswordProblem[]> {
    const password = normalisePassword(given);
    const codes = await judge({ account, professional, password });
    if (codes.length > 0) return codes.map(code => describeProblem(code, settings));
    if (account.passwordHash !== undefined && (await hasher.verify(account.passwordHash, password))) {
      return [describeProblem('same_as_current', settings)];
    }
    for (const hash of account.passwordHistory.slice(0, settings.passwordHistory)) {
      if (await hasher.verify(hash, password)) return [describeProblem('in_history', settings)];
    }
    return [];
  }

  /** Throws `accounts.password_changed_meanwhile` when the account is no longer as it was. */
  async function replacePassword(
    sub: string,
    passwordHash: string,
    isAsChecked: (account: Account) => boolean,
    { mustChangePassword = false, byLink = false } = {},
  ): Promise<void> {
    let hasWon = false;
    await accounts.update(sub, before => {
      hasWon = isAsChecked(before);
      if (!hasWon) return before;
      const { isPasswordEnded: _ended, ...kept } = before;
      const earlier = before.passwordHash === undefined ? [] : [before.passwordHash];
      return {
        ...kept,
        passwordHash,
        passwordChangedAt: clock.now(),
        mustChangePassword,
        ...(byLink && isUnused(before) && { isFirstChosenByLink: true }),
        passwordHistory: [...earlier, ...before.passwordHistory].slice(0, settings.passwordHistory),
      };
    });
    if (!hasWon) throw changedMeanwhile();
  }

  return {
    checkNewPassword,

    async changePassword(sub, newPassword, { reason, actor, source, byLink = false }) {
      const account = await accounts.get(sub);
      if (!account) throw unknown();
      const problems = await checkNewPassword(account, await directory.professionals.get(sub), newPassword);
      if (problems.length > 0) return problems;
      const passwordHash = await hasher.hash(normalisePassword(newPassword));
      // INVARIANT: what was checked against this password and its history is what is replaced.
      const isAsChecked = (now: Account | null) =>
        now?.passwordHash === account.passwordHash && now?.passwordChangedAt === account.passwordChangedAt;
      if (!isAsChecked(await accounts.get(sub))) throw changedMeanwhile();
      const trace = { actor, account: sub, ...(source !== undefined && { source }), data: { reason } };
      // ORDER: the trace first: no password is changed without one. A change that came to nothing is traced as such.
      await audit.record(passwordChanged, { ...trace, outcome: 'success' });
      try {
        // ORDER: sessions before the password: no crash leaves those of whoever had the former one.
        if (byLink) await directory.professionals.revokeSessions(sub);
        await replacePassword(sub, passwordHash, isAsChecked, { byLink });
      } catch (error) {
        await audit.record(passwordChanged, { ...trace, outcome: 'failure' });
        throw error;
      }
      return 'changed';
    },

    async imposePassword(sub, { actor, source }) {
      if (!(await accounts.get(sub))) throw unknown();
      const password = generateReadable(settings.passwordMinLength);
      const passwordHash = await hasher.hash(password);
      const trace = { actor, account: sub, ...(source !== undefined && { source }) };
      // ORDER: the trace first, as for every change of a password.
      await audit.record(passwordChanged, { ...trace, outcome: 'success', data: { reason: 'imposed' } });
      await replacePassword(sub, passwordHash, () => true, { mustChangePassword: true });
      return password;
    },

    async expirePassword(sub) {
      const written = await accounts.update(sub, before =>
        before.passwordHash === undefined || before.isPasswordEnded
          ? before
          : { ...before, isPasswordEnded: true },
      );
      if (!written) throw unknown();
    },

    passwordRules: async typed =>
      describeRules(settings, typed === undefined || typed.password === '' ? undefined : await judge(typed)),
    generatePassword: () => generateReadable(settings.passwordMinLength),
  };
}
