import { AppError, hashToken, isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

interface Turn extends Doc {
  readonly holder: string;
  readonly expiresAt: number;
}

const turnsSpec: CollectionSpec<Turn> = { name: 'admin_turns', version: 1, indexes: {} };

/** A process that died in its turn holds the others up no longer than this. */
const LONGEST_SECONDS = 30;

/** One change of one thing at a time, over all instances: what `If-Match` compared is still so when it is changed. */
export interface Turns {
  /** Throws `admin.change_under_way` (409) while somebody else changes it. */
  take<T>(name: string, act: () => Promise<T>): Promise<T>;
}

export function createTurns({ store, clock }: { readonly store: Store; readonly clock: Clock }): Turns {
  const turns = store.collection(turnsSpec);
  return {
    async take(name, act) {
      const id = hashToken(name);
      const holder = randomId();
      try {
        await turns.insert({ id, holder, expiresAt: clock.now() + LONGEST_SECONDS });
      } catch (error) {
        throw isAppError(error, 'store.conflict') ? changeUnderWay() : error;
      }
      try {
        return await act();
      } finally {
        // Only our own: after too long a time, somebody else may have it.
        await turns.consume(id, turn => turn.holder === holder);
      }
    },
  };
}

function changeUnderWay(): AppError {
  return new AppError({
    code: 'admin.change_under_way',
    status: 409,
    publicMessage: 'Cet élément est en cours de modification.',
    hint: 'Recommencez dans un instant.',
    retryAfterSeconds: 1,
  });
}
