import { hashToken, isAppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** A session at a provider that ours came from: what is needed to end it there. */
interface ProviderSessionDoc extends Doc {
  readonly id: string;
  readonly idToken: string;
  readonly expiresAt: number;
}

interface LogoutDoc extends Doc {
  readonly id: string;
}

const sessionsSpec: CollectionSpec<ProviderSessionDoc> = {
  name: 'method_upstream_sessions',
  version: 1,
  indexes: {},
  sealed: ['idToken'],
};
const logoutsSpec: CollectionSpec<LogoutDoc> = { name: 'method_upstream_logouts', version: 1, indexes: {} };

/** Longer than any session of ours (TROUSSEAU_SESSION_MAX). */
const KEPT_SECONDS = 24 * 3600;

export interface ProviderSessions {
  /** The marks that a session of ours bears: by the provider's session, and by its person. Opaque. */
  marksOf(names: { readonly sub: string; readonly sid?: string | undefined }): readonly string[];
  /** The mark that a logout token names: the session when it says which, else every session of the person. */
  markOf(names: { readonly sub?: string | undefined; readonly sid?: string | undefined }): string | undefined;
  keep(mark: string, idToken: string): Promise<void>;
  /** The ID token to end one of these sessions with, once; `null` when none is known. */
  take(marks: readonly string[]): Promise<string | null>;
  /** True for the first delivery of a logout token of that name. */
  isNew(jti: string, expiresAt: number): Promise<boolean>;
  /** Undoes that: what it asked for was not done, and may be asked again. */
  forget(jti: string): Promise<void>;
}

/** Which sessions of one provider are behind ours. Holds nothing that names a person. */
export function createProviderSessions(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly method: string;
}): ProviderSessions {
  const { store, clock, method } = deps;
  const sessions = store.collection(sessionsSpec);
  const logouts = store.collection(logoutsSpec);
  const mark = (kind: 'sid' | 'sub', value: string) => hashToken(`${method}\n${kind}\n${value}`);

  return {
    marksOf: ({ sub, sid }) => [...(sid === undefined ? [] : [mark('sid', sid)]), mark('sub', sub)],
    markOf({ sub, sid }) {
      if (sid !== undefined) return mark('sid', sid);
      return sub === undefined ? undefined : mark('sub', sub);
    },
    keep: (id, idToken) => sessions.put({ id, idToken, expiresAt: clock.now() + KEPT_SECONDS }),
    async take(marks) {
      for (const id of marks) {
        const taken = await sessions.consume(id);
        if (taken) return taken.idToken;
      }
      return null;
    },
    async isNew(jti, expiresAt) {
      const id = hashToken(`${method}\n${jti}`);
      try {
        await logouts.insert({ id, expiresAt });
        return true;
      } catch (error) {
        if (isAppError(error, 'store.conflict')) return false;
        throw error;
      }
    },
    forget: jti => logouts.remove(hashToken(`${method}\n${jti}`)),
  };
}
