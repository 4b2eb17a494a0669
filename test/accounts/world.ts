import {
  createAccounts,
  createHasher,
  createTerms,
  type Accounts,
  type AccountsSettings,
  type Hasher,
  type Terms,
} from '#accounts/index.ts';
import { createAudit, type AuditLog } from '#audit/index.ts';
import { createDirectory, type Directory, type Professional } from '#directory/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

/** The cheapest hash that RFC 9106 allows. */
export const QUICK_HASH = { threads: 2, maxQueue: 500, memoryKiB: 8, passes: 1, parallelism: 1 };

export const SETTINGS: AccountsSettings = {
  loginPattern: 'prenom.nom',
  passwordMinLength: 9,
  passwordLetter: true,
  passwordDigit: true,
  passwordSpecial: true,
  passwordHistory: 5,
  passwordMonths: 4,
  dormantMonths: 12,
  dormantDays: 30,
  hashMemoryKiB: QUICK_HASH.memoryKiB,
  hashPasses: QUICK_HASH.passes,
  hashParallelism: QUICK_HASH.parallelism,
  hashThreads: QUICK_HASH.threads,
  hashQueue: QUICK_HASH.maxQueue,
};

/** The modules of accounts on a store of their own. */
export interface World {
  readonly store: TestStore;
  readonly clock: ShiftedClock;
  readonly audit: AuditLog;
  readonly directory: Directory;
  readonly hasher: Hasher;
  readonly accounts: Accounts;
  readonly terms: Terms;
  /** The same store with other settings. */
  accountsWith(settings: Partial<AccountsSettings>, hasher?: Hasher): Accounts;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const clock = createShiftedClock();
  const store = await openTestStore({ clock });
  const audit = createAudit({ store, clock });
  const directory = createDirectory({ store, clock });
  const hasher = createHasher(QUICK_HASH);
  const accountsWith = (settings: Partial<AccountsSettings>, other: Hasher = hasher): Accounts =>
    createAccounts({
      store,
      clock,
      audit,
      directory,
      hasher: other,
      settings: { ...SETTINGS, ...settings },
    });
  return {
    store,
    clock,
    audit,
    directory,
    hasher,
    accounts: accountsWith({}),
    terms: createTerms({ store, clock, audit }),
    accountsWith,
    async close() {
      await hasher.close();
      await audit.close();
      await store.destroy();
    },
  };
}

export function professional(id: string, givenName: string, familyName: string): Professional {
  return {
    id,
    status: 'active',
    givenName,
    familyName,
    specialties: [],
    nationalIds: [],
    memberships: [],
    delegations: [],
  };
}
