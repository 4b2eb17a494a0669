import { fold } from '#kernel/index.ts';
import type { AccountsSettings } from '../section.ts';
import { unmask, type CommonPasswords } from './common.ts';

export type PasswordProblemCode =
  | 'too_short'
  | 'too_long'
  | 'no_letter'
  | 'no_digit'
  | 'no_special'
  | 'common'
  | 'contains_login'
  | 'contains_name'
  | 'in_history'
  | 'same_as_current';

/** Why a password cannot be chosen. `code` is API, the sentence is for the person. */
export interface PasswordProblem {
  readonly code: PasswordProblemCode;
  readonly sentence: string;
}

/** More is refused before any hash: the work of a hash must not depend on what a stranger sends. */
export const MAX_PASSWORD_BYTES = 256;

/** Shorter parts of names occur in other words by chance. */
const SHORTEST_NAME_PART = 3;

export type PasswordSettings = Pick<
  AccountsSettings,
  | 'passwordMinLength'
  | 'passwordLetter'
  | 'passwordDigit'
  | 'passwordSpecial'
  | 'passwordHistory'
  | 'passwordMonths'
>;

/** Who chooses: what the password must not contain. */
export interface PasswordOwner {
  readonly login: string;
  readonly givenName?: string;
  readonly familyName?: string;
}

/**
 * One text for one password, however the keyboard composes its accents (NIST SP 800-63B §5.1.1.2: NFKC before hashing).
 */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

export function isTooLong(password: string): boolean {
  return Buffer.byteLength(password, 'utf8') > MAX_PASSWORD_BYTES;
}

/** The rules that need no hash. History is the account's to check. */
export async function checkRules(
  password: string,
  owner: PasswordOwner,
  settings: PasswordSettings,
  common: CommonPasswords,
): Promise<readonly PasswordProblemCode[]> {
  if (isTooLong(password)) return ['too_long'];
  const problems: PasswordProblemCode[] = [];
  if ([...password].length < settings.passwordMinLength) problems.push('too_short');
  if (settings.passwordLetter && !/\p{L}/u.test(password)) problems.push('no_letter');
  if (settings.passwordDigit && !/\p{Nd}/u.test(password)) problems.push('no_digit');
  if (settings.passwordSpecial && !/[^\p{L}\p{N}]/u.test(password)) problems.push('no_special');
  if (await common.has(password)) problems.push('common');
  if (containsAny(password, loginParts(owner.login))) problems.push('contains_login');
  if (containsAny(password, [owner.givenName, owner.familyName].flatMap(nameParts)))
    problems.push('contains_name');
  return problems;
}

function containsAny(password: string, parts: readonly string[]): boolean {
  const folded = fold(password);
  const forms = [folded, unmask(folded)].map(form => form.replace(/[^a-z0-9]+/gu, ''));
  return parts.some(part => forms.some(form => form.includes(part)));
}

function loginParts(login: string): readonly string[] {
  const compact = fold(login).replace(/[^a-z0-9]+/gu, '');
  return compact.length >= SHORTEST_NAME_PART ? [compact] : [];
}

function nameParts(name: string | undefined): readonly string[] {
  return fold(name ?? '')
    .split(/[^a-z0-9]+/u)
    .filter(part => part.length >= SHORTEST_NAME_PART);
}

/** The sentence for each code. */
export function describeProblem(code: PasswordProblemCode, settings: PasswordSettings): PasswordProblem {
  const sentences: Readonly<Record<PasswordProblemCode, string>> = {
    too_short: `Choisissez au moins ${settings.passwordMinLength} caractères.`,
    too_long: `Le mot de passe dépasse ${MAX_PASSWORD_BYTES} octets : choisissez-en un plus court.`,
    no_letter: 'Ajoutez au moins une lettre.',
    no_digit: 'Ajoutez au moins un chiffre.',
    no_special: 'Ajoutez au moins un caractère spécial, par exemple un tiret ou un point.',
    common: 'Ce mot de passe est trop répandu : évitez un mot courant suivi de chiffres.',
    contains_login: 'Le mot de passe ne doit pas contenir votre identifiant.',
    contains_name: 'Le mot de passe ne doit contenir ni votre prénom ni votre nom.',
    in_history: 'Vous avez déjà utilisé ce mot de passe : choisissez-en un autre.',
    same_as_current: 'Ce mot de passe est votre mot de passe actuel : choisissez-en un autre.',
  };
  return { code, sentence: sentences[code] };
}

/** One rule as the form announces it. */
export interface PasswordRule {
  readonly text: string;
  /** How a script judges it while one types: `length:9`, `letter`, `digit`, `special`. Absent: only the server can. */
  readonly check?: string;
  /** What the server found of the password that was typed; `open` for what it has not judged. */
  readonly state: 'open' | 'met' | 'unmet';
}

/** The rules, one phrase each; `broken` when a password was judged by `checkRules`. */
export function describeRules(
  settings: PasswordSettings,
  broken?: readonly PasswordProblemCode[],
): readonly PasswordRule[] {
  const { passwordMinLength: length, passwordHistory: history, passwordMonths: months } = settings;
  // Of what is too long nothing else was judged.
  const judged = broken?.includes('too_long') ? undefined : broken;
  const rule = (text: string, codes: readonly PasswordProblemCode[], check?: string): PasswordRule => ({
    text,
    ...(check !== undefined && { check }),
    state:
      !judged || codes.length === 0 ? 'open' : codes.some(code => judged.includes(code)) ? 'unmet' : 'met',
  });
  return [
    rule(`au moins ${length} caractères`, ['too_short'], `length:${length}`),
    ...(settings.passwordLetter ? [rule('au moins une lettre', ['no_letter'], 'letter')] : []),
    ...(settings.passwordDigit ? [rule('au moins un chiffre', ['no_digit'], 'digit')] : []),
    ...(settings.passwordSpecial ? [rule('au moins un caractère spécial', ['no_special'], 'special')] : []),
    rule('ni votre nom, ni votre identifiant, ni un mot courant suivi de chiffres', [
      'common',
      'contains_login',
      'contains_name',
    ]),
    rule(
      history > 0
        ? `différent de vos ${history + 1} derniers mots de passe`
        : 'différent du mot de passe actuel',
      [],
    ),
    ...(months > 0 ? [rule(`valable ${months} mois`, [])] : []),
  ];
}
