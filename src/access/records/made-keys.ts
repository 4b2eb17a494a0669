import { isAppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** A key that an application was given. No identity: the key itself, and the newer one of the same patient. */
interface MadeKeyDoc extends Doc {
  readonly madeAt: number;
  /** Of the same patient under a newer secret. */
  readonly successor?: string;
}

const madeKeysSpec: CollectionSpec<MadeKeyDoc> = {
  name: 'access_made_keys',
  version: 1,
  indexes: {
    successor: { key: doc => doc.successor },
    waiting: { key: doc => (doc.successor === undefined ? doc.id : null) },
  },
};

/** Which keys were ever given, and which of them are one patient's: what a rotation of the secret must not lose. */
export interface MadeKeys {
  /** Notes that this key is given. */
  note(key: string): Promise<void>;
  /** Of those of `candidates` that were given, `successor` is the newer key from now on. */
  succeed(candidates: readonly string[], successor: string): Promise<void>;
  /** Every key that was given for the same patient before `key`, whatever secrets are left. */
  before(key: string): Promise<readonly string[]>;
  /** How many keys with this prefix have no newer one. */
  waiting(prefix: string): Promise<number>;
}

const PAGE = 1000;
/** A patient with more keys than rotations is a mistake, and must not become an endless walk. */
const MOST_KEYS = 64;

export function createMadeKeys({ store, clock }: { readonly store: Store; readonly clock: Clock }): MadeKeys {
  const made = store.collection(madeKeysSpec);
  return {
    async note(key) {
      if (await made.get(key)) return;
      try {
        await made.insert({ id: key, madeAt: clock.now() });
      } catch (error) {
        if (!isAppError(error, 'store.conflict')) throw error;
      }
    },
    async succeed(candidates, successor) {
      for (const key of candidates)
        await made.update(key, doc => (doc.successor === successor ? doc : { ...doc, successor }));
    },
    async before(key) {
      const keys = [key];
      for (let next = 0; next < keys.length && keys.length <= MOST_KEYS; next += 1) {
        const { items } = await made.list('successor', { key: keys[next] ?? key, limit: MOST_KEYS });
        for (const { id } of items) if (!keys.includes(id)) keys.push(id);
      }
      return keys.slice(1);
    },
    async waiting(prefix) {
      let count = 0;
      let after: string | undefined;
      do {
        const page = await made.list('waiting', {
          prefix,
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        count += page.items.length;
        after = page.next;
      } while (after !== undefined);
      return count;
    },
  };
}
