import { isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** What `store-child.ts` writes and its parents read. */
export interface LedgerEntry extends Doc {
  readonly key: string;
  readonly state: string;
}

export const LEDGER: CollectionSpec<LedgerEntry> = {
  name: 'ledger',
  version: 1,
  indexes: { key: { key: doc => doc.key, unique: true } },
};

interface Claim extends Doc {
  readonly count?: number;
}

const CLAIMS: CollectionSpec<Claim> = { name: 'claims', version: 1, indexes: {} };

/** The acts of two processes that compete. */
export interface Racers {
  /** Whether this caller made the document. */
  claim(at: number): Promise<boolean>;
  /** Adds one to a document that all share. */
  count(): Promise<unknown>;
  /** How many were added. */
  counted(): Promise<number>;
}

export function createRacers(store: Store): Racers {
  const claims = store.collection(CLAIMS);
  return {
    async claim(at) {
      try {
        await claims.insert({ id: `claim ${at}` });
        return true;
      } catch (error) {
        if (isAppError(error, 'store.conflict')) return false;
        throw error;
      }
    },
    async count() {
      await claims.insert({ id: 'shared', count: 0 }).catch(() => undefined);
      return claims.update('shared', doc => ({ ...doc, count: (doc.count ?? 0) + 1 }));
    },
    counted: async () => (await claims.get('shared'))?.count ?? 0,
  };
}
