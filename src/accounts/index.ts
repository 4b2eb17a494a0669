/**
 * Login accounts: the login and its register, passwords with their rules, history, expiry and hashes, and the
 * acceptance of the règlement. Owns the hash pool. Does not own who the person is and whether the account is open
 * (`directory/`), how often somebody may try (`signin/`), nor other means of sign-in (`methods/`).
 */
export {
  createAccounts,
  isArgon2Hash,
  type Accounts,
  type ChangeReason,
  type NewAccount,
  type PasswordChange,
  type PasswordState,
  type TypedPassword,
} from './accounts.ts';
export type { Activity } from './activity.ts';
export { createTerms, type NewTerms, type Terms } from './terms.ts';
export { createDormancy, type Dormancy } from './dormancy.ts';
export { createHasher, type Hasher, type HasherSettings } from './hashing/hasher.ts';
export { hasherSettings } from './hashing/settings.ts';
export { createExpiryNotices, type ExpiryNotices } from './passwords/expiry-notices.ts';
export { tellPasswordChanged } from './password-mail.ts';
export { accountsEvents } from './events.ts';
export { accountsSection, type AccountsSettings } from './section.ts';
export { createAccountSections } from './region-sections.ts';
export { isLogin, loginOf, type LoginPattern, type Names } from './logins.ts';
export type { TermsVersion } from './collections.ts';
export type { AcceptedTerms, Account } from './types.ts';
export { addCalendarMonths } from './passwords/rotation.ts';
export type { PasswordProblem, PasswordProblemCode, PasswordRule } from './passwords/rules.ts';
