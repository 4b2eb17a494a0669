import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { ListQuery, Page, Store } from '#store/index.ts';
import { createActivity, type Activity } from './activity.ts';
import { accountsSpec } from './collections.ts';
import { createCreation } from './creation.ts';
import type { Hasher } from './hashing/hasher.ts';
import { createLogins, type Names } from './logins.ts';
import { createPasswordChanges } from './passwords/changes.ts';
import type { PasswordProblem, PasswordRule } from './passwords/rules.ts';
import { createPasswordStanding } from './passwords/standing.ts';
import { createVerification } from './passwords/verification.ts';
import type { AccountsSettings } from './section.ts';
import type { AcceptedTerms, Account } from './types.ts';

export { isArgon2Hash } from './hashing/phc.ts';

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
  const { store, clock, settings } = deps;
  const accounts = store.collection(accountsSpec);
  const logins = createLogins({ store, clock, pattern: settings.loginPattern });
  const activity = createActivity(deps);

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

  return {
    get: sub => accounts.get(sub),
    loginOf,
    findByLogin: login => accounts.findOne('login', login),
    list: query => accounts.list('login', query),
    loginHolder: login => logins.holderOf(login),
    proposeLogin: names => logins.propose(names),
    activity,
    ...createCreation({ ...deps, accounts, logins }),
    ...createVerification({ ...deps, accounts }),
    ...createPasswordChanges({ ...deps, accounts }),
    ...createPasswordStanding({ ...deps, activity }),
  };
}
