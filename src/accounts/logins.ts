import type { Clock } from '#kernel/index.ts';
import { AppError, fold, isAppError } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { loginReservationsSpec } from './collections.ts';

export interface Names {
  readonly givenName: string;
  readonly familyName: string;
}

export type LoginPattern = 'prenom.nom' | 'pnom';

/** Letters that Unicode does not take apart. */
const UNDECOMPOSED: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** With room for a number within the 64 characters of a login. */
const LONGEST_BASE = 60;

/**
 * The login that names make, before homonyms are told apart. Accents and apostrophes go (`d’Alembert` → `dalembert`),
 * compounds keep their hyphen and particles belong to the name (`Anne Le Goff` → `anne.le-goff`).
 * Throws `accounts.login_impossible` (400) for names without any Latin letter.
 */
export function loginOf({ givenName, familyName }: Names, pattern: LoginPattern): string {
  const given = slug(givenName);
  const family = slug(familyName);
  const parts = pattern === 'pnom' ? [given.slice(0, 1) + family.replaceAll('-', '')] : [given, family];
  const login = parts
    .filter(part => part !== '')
    .join('.')
    .slice(0, LONGEST_BASE)
    .replace(/[.-]+$/u, '');
  if (login !== '') return login;
  throw new AppError({
    code: 'accounts.login_impossible',
    status: 400,
    publicMessage: 'Aucun identifiant ne peut être formé à partir de ces noms.',
    hint: 'Choisissez un identifiant.',
  });
}

function slug(name: string): string {
  return fold(name)
    .replace(/[ßøłđðþı]/gu, letter => UNDECOMPOSED[letter] ?? '')
    .replace(/['’ʼ`´.]/gu, '')
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '');
}

/** What an imported login may be: other regions' habits are kept, spaces and signs that mail or URLs break on are not. */
export function isLogin(text: string): boolean {
  return /^[\p{L}\p{N}](?:[\p{L}\p{N}._@'+-]{0,62}[\p{L}\p{N}])?$/u.test(text);
}

/** The register of logins that were given out. It only grows. */
export interface Logins {
  /** Whose login it is or was; `null` when it is free. */
  holderOf(login: string): Promise<string | null>;
  /** The first free login for these names; free now, not held. */
  propose(names: Names): Promise<string>;
  /** Takes that login for `sub`, again and again. Throws `accounts.login_taken` (409) when it is or was another's. */
  reserve(login: string, sub: string): Promise<void>;
  /** Takes the first free login for these names: under a race everybody gets another. */
  reserveFor(names: Names, sub: string): Promise<string>;
}

export function createLogins(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly pattern: LoginPattern;
}): Logins {
  const reservations = deps.store.collection(loginReservationsSpec);

  async function holderOf(login: string): Promise<string | null> {
    return (await reservations.get(fold(login)))?.sub ?? null;
  }

  async function reserve(login: string, sub: string): Promise<boolean> {
    try {
      await reservations.insert({ id: fold(login), sub, reservedAt: deps.clock.now() });
      return true;
    } catch (error) {
      if (!isAppError(error, 'store.conflict')) throw error;
      return (await holderOf(login)) === sub;
    }
  }

  return {
    holderOf,
    async propose(names) {
      for (const login of candidates(loginOf(names, deps.pattern))) {
        if ((await holderOf(login)) === null) return login;
      }
      throw taken();
    },
    async reserve(login, sub) {
      if (!(await reserve(login, sub))) throw taken();
    },
    async reserveFor(names, sub) {
      for (const login of candidates(loginOf(names, deps.pattern))) {
        if (await reserve(login, sub)) return login;
      }
      throw taken();
    },
  };
}

/** A region has 50,000 accounts at most (domain §9): the loop ends long before. */
const MOST_HOMONYMS = 50_000;

function* candidates(base: string): Generator<string> {
  yield base;
  for (let n = 2; n <= MOST_HOMONYMS; n += 1) yield `${base}${n}`;
}

function taken(): AppError {
  return new AppError({
    code: 'accounts.login_taken',
    status: 409,
    publicMessage: 'Cet identifiant est déjà attribué, ou l’a été.',
    hint: 'Un identifiant n’est jamais réattribué : choisissez-en un autre.',
  });
}
