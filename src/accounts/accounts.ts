import { randomBytes } from 'node:crypto';
import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { AppError, isAppError, type Clock } from '#kernel/index.ts';
import type { ListQuery, Page, Store } from '#store/index.ts';
import { createActivity, type Activity } from './activity.ts';
import { accountsSpec } from './collections.ts';
import { accountCreated, passwordChanged } from './events.ts';
import type { Hasher } from './hashing/hasher.ts';
import { formatPhc, parsePhc } from './hashing/phc.ts';
import { createLogins, isLogin, type Names } from './logins.ts';
import { createCommonPasswords } from './passwords/common.ts';
import { generateReadable } from './passwords/generator.ts';
import { addCalendarMonths } from './passwords/rotation.ts';
import {
  checkRules,
  describeProblem,
  describeRules,
  isTooLong,
  normalisePassword,
  type PasswordProblem,
  type PasswordRule,
} from './passwords/rules.ts';
import type { AccountsSettings } from './section.ts';
import type { AcceptedTerms, Account } from './types.ts';

/** Why a password must be changed before anything else. */
export type ChangeReason = 'first_sign_in' | 'expired' | 'imposed';

export interface PasswordState {
  readonly mustChange: boolean;
  readonly reason?: ChangeReason;
  /** Epoch seconds: from this instant on it has expired. Absent when passwords do not expire. */
  readonly expiresAt?: number;
}

export interface NewAccount {
  readonly sub: string;
  readonly names: Names;
  /** Kept as it is; made from the names when absent. */
  readonly login?: string;
  /** In clear, hashed here; not judged by the rules, which are for who chooses. */
  readonly password?: string;
  /** Instead of `password`: argon2id, PHC. */
  readonly passwordHash?: string;
  /** Epoch seconds; now by default. */
  readonly passwordChangedAt?: number;
  readonly mustChangePassword?: boolean;
  readonly termsAccepted?: readonly AcceptedTerms[];
  /** Who creates it, for the audit log. */
  readonly actor: string;
  readonly origin: string;
}

/** A password that was typed into a form, and by whom. */
export interface TypedPassword {
  readonly account: Account;
  readonly professional: Professional | null;
  readonly password: string;
}

/** Leave to change, and who does. */
export interface PasswordChange {
  /** `chosen` by the person, by a link that was sent (`forgotten`), or the reason of the obligation. */
  readonly reason: ChangeReason | 'chosen' | 'forgotten';
  readonly actor: string;
  readonly source?: string;
  /** Chosen by a link that was sent: every session ends first, and a first sign-in is still ahead of who has had none. */
  readonly byLink?: true;
}

export interface Accounts {
  get(sub: string): Promise<Account | null>;
  /** The login of an account, or `null`. It never changes, so it is remembered. */
  loginOf(sub: string): Promise<string | null>;
  /** Without regard to case or accents. */
  findByLogin(login: string): Promise<Account | null>;
  /** In order of login. */
  list(query: ListQuery): Promise<Page<Account>>;
  /** Whose a login is or was. */
  loginHolder(login: string): Promise<string | null>;
  /** The first free login for these names; held by nobody until `create`. */
  proposeLogin(names: Names): Promise<string>;
  /**
   * Creates the account of an existing or future professional. Does not read the directory. Throws
   * `accounts.login_invalid` (400), `accounts.login_taken` (409), `accounts.hash_invalid` (400), `store.conflict` (409).
   */
  create(account: NewAccount): Promise<Account>;
  /**
   * True when it is the password. For `null` and for an account without password it does the same work and answers
   * false. Renews an outdated hash. Does not look at status, expiry or attempts. Throws `accounts.hashing_busy` (503).
   */
  verifyPassword(account: Account | null, password: string): Promise<boolean>;
  /** Throws `accounts.hashing_busy` (503) when no password could be verified now. */
  assertReady(): void;
  /** Every reason why that password cannot be chosen; history is only looked at when the other rules are met. */
  checkNewPassword(
    account: Account,
    professional: Professional | null,
    password: string,
  ): Promise<readonly PasswordProblem[]>;
  /**
   * Changes the password unless there are problems. Under a race one caller wins; the others get
   * `accounts.password_changed_meanwhile` (409). Throws `accounts.account_unknown` (404).
   */
  changePassword(
    sub: string,
    newPassword: string,
    change: PasswordChange,
  ): Promise<readonly PasswordProblem[] | 'changed'>;
  /**
   * Gives a new random password, to be changed at the next sign-in; the former one stops at once and joins the history.
   * Resolves to it, for its owner only. Throws `accounts.account_unknown` (404).
   */
  imposePassword(sub: string, change: { readonly actor: string; readonly source?: string }): Promise<string>;
  /**
   * Ends the password for its owner: it opens the page on which another is chosen, and nothing else. Nothing for an
   * account without one. Throws `accounts.account_unknown` (404).
   */
  expirePassword(sub: string): Promise<void>;
  passwordState(account: Account): PasswordState;
  /** True while nobody has signed in by the first password that was sent, or chosen by the link that was. */
  isAtFirstSignIn(account: Account): Promise<boolean>;
  /** The rules in French phrases, for the form; with what a typed password makes of those that need no history. */
  passwordRules(typed?: TypedPassword): Promise<readonly PasswordRule[]>;
  /** A random password that meets the rules and can be read aloud. */
  generatePassword(): string;
  /** When people last signed in, to the day. */
  readonly activity: Activity;
}

/** The design limit of accounts (domain §9): a few MiB. */
const MOST_KNOWN_LOGINS = 50_000;

export function createAccounts(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly hasher: Hasher;
  readonly settings: AccountsSettings;
  readonly directory: Directory;
}): Accounts {
  const { store, clock, audit, hasher, settings, directory } = deps;
  const accounts = store.collection(accountsSpec);
  const logins = createLogins({ store, clock, pattern: settings.loginPattern });
  const common = createCommonPasswords();
  // SECURITY: a hash that no password has, at today's cost: nobody's sign-in takes as long as somebody's.
  const nobodysHash = formatPhc({
    memoryKiB: settings.hashMemoryKiB,
    passes: settings.hashPasses,
    parallelism: settings.hashParallelism,
    salt: randomBytes(16),
    hash: randomBytes(32),
  });

  /** INVARIANT: a login never changes and an account is never removed, so what was read once holds. */
  const knownLogins = new Map<string, string>();

  async function loginOf(sub: string): Promise<string | null> {
    const known = knownLogins.get(sub);
    if (known !== undefined) return known;
    const login = (await accounts.get(sub))?.login ?? null;
    if (knownLogins.size >= MOST_KNOWN_LOGINS) knownLogins.clear();
    if (login !== null) knownLogins.set(sub, login);
    return login;
  }

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

  const activity = createActivity(deps);

  return {
    get: sub => accounts.get(sub),
    loginOf,
    findByLogin: login => accounts.findOne('login', login),
    list: query => accounts.list('login', query),
    loginHolder: login => logins.holderOf(login),
    proposeLogin: names => logins.propose(names),
    checkNewPassword,
    assertReady: () => hasher.assertFree(),

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

    passwordRules: async typed =>
      describeRules(settings, typed === undefined || typed.password === '' ? undefined : await judge(typed)),
    generatePassword: () => generateReadable(settings.passwordMinLength),
    activity,
  };
}

/** True until its owner has chosen a password: there is none yet, or the one that was sent. */
function isUnused({ passwordHash, passwordHistory, mustChangePassword }: Account): boolean {
  return passwordHistory.length === 0 && (passwordHash === undefined || mustChangePassword);
}

/** True for a hash that this service can verify at a bounded cost. */
export function isArgon2Hash(text: string): boolean {
  return parsePhc(text) !== null;
}

function invalid(noun: 'login_invalid' | 'hash_invalid'): AppError {
  const publicMessage =
    noun === 'login_invalid'
      ? 'Cet identifiant n’est pas valable : de 1 à 64 lettres, chiffres, points ou tirets.'
      : 'L’empreinte du mot de passe n’est pas au format argon2id attendu.';
  return new AppError({ code: `accounts.${noun}`, status: 400, publicMessage });
}

function unknown(): AppError {
  return new AppError({
    code: 'accounts.account_unknown',
    status: 404,
    publicMessage: 'Ce compte n’existe pas.',
  });
}

function changedMeanwhile(): AppError {
  return new AppError({
    code: 'accounts.password_changed_meanwhile',
    status: 409,
    publicMessage: 'Le mot de passe vient d’être changé par ailleurs.',
    hint: 'Connectez-vous avec le nouveau mot de passe.',
  });
}
