import { hashToken, isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** A form that was sent. `id`: whose, and which. */
interface SentForm extends Doc {
  readonly expiresAt: number;
}

const sentFormsSpec: CollectionSpec<SentForm> = { name: 'admin_sent_forms', version: 1, indexes: {} };

const LIFE_SECONDS = 86_400;

/** Forms that add something: each is taken once, however often it is sent. */
export interface Once {
  /** The mark of a new form. */
  mark(): string;
  /** True for the first who comes with this mark; false for a replay, and for what is no mark. */
  take(sub: string, mark: string): Promise<boolean>;
}

export function createOnce({ store, clock }: { readonly store: Store; readonly clock: Clock }): Once {
  const sent = store.collection(sentFormsSpec);
  return {
    mark: () => randomId(16),
    async take(sub, mark) {
      if (!/^[\w-]{22}$/u.test(mark)) return false;
      try {
        await sent.insert({ id: hashToken(`${sub} ${mark}`), expiresAt: clock.now() + LIFE_SECONDS });
        return true;
      } catch (error) {
        if (isAppError(error) && error.code === 'store.conflict') return false;
        throw error;
      }
    },
  };
}
