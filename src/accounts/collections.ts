import type { CollectionSpec, Doc } from '#store/index.ts';
import type { TextVersion } from '#texts/index.ts';
import type { Account } from './types.ts';

/** The day of an instant (epoch seconds), in UTC: `2026-11-21`. */
export function dayOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(0, 10);
}

export const accountsSpec: CollectionSpec<Account> = {
  name: 'accounts',
  version: 3,
  indexes: {
    login: { key: account => account.login, unique: true, folded: true },
    passwordDay: {
      key: ({ passwordChangedAt }) => (passwordChangedAt === undefined ? null : dayOf(passwordChangedAt)),
    },
    terms: { key: account => account.termsAccepted.map(({ version }) => version) },
  },
  // A stolen copy of the store is of no use to who guesses passwords off line.
  sealed: ['passwordHash', 'passwordHistory'],
};

/** A login that was given out, for ever. `id` is the folded login. */
export interface LoginReservation extends Doc {
  readonly sub: string;
  readonly reservedAt: number;
}

export const loginReservationsSpec: CollectionSpec<LoginReservation> = {
  name: 'login_reservations',
  version: 1,
  indexes: {},
};

/** One version of the règlement, asked of everybody who did not accept it. `id` is its version. */
export type TermsVersion = TextVersion;

export const termsSpec: CollectionSpec<TermsVersion> = {
  name: 'terms',
  version: 1,
  indexes: { version: { key: version => version.id } },
};
