import { hostname } from 'node:os';
import { isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Page, Store } from '#store/index.ts';
import type { Policy } from './engine/index.ts';

/** A policy that was put in force. */
export interface LoadedPolicy {
  readonly id: string;
  readonly version: string;
  readonly loadedAtMs: number;
  /** The `sub` of who asked for it, or `system` at a start. */
  readonly by: string;
  /** The name of the machine. */
  readonly instance: string;
}

/** The policies that were in force, with their texts. Owns no judgement of them. */
export interface PolicyHistory {
  /** Keeps that this policy is in force; the one that was noted last is not noted again. */
  note(policy: Policy, by: string): Promise<void>;
  latest(): Promise<LoadedPolicy | null>;
  /** The newest first. */
  list(page: { readonly after?: string | undefined; readonly limit: number }): Promise<Page<LoadedPolicy>>;
  /** File → text of a version that was in force; `null` for any other. */
  texts(version: string): Promise<Readonly<Record<string, string>> | null>;
}

interface LoadDoc extends Doc, LoadedPolicy {
  readonly id: string;
}
interface TextsDoc extends Doc {
  readonly texts: Readonly<Record<string, string>>;
}

/** The store lists in ascending order only. */
const LAST_MS = 999_999_999_999_999;

export const loadsSpec: CollectionSpec<LoadDoc> = {
  name: 'access_policy_loads',
  version: 1,
  // The other instances follow within a second.
  followed: true,
  indexes: { newest: { key: ({ loadedAtMs }) => String(LAST_MS - loadedAtMs).padStart(15, '0') } },
};
const textsSpec: CollectionSpec<TextsDoc> = { name: 'access_policy_texts', version: 1, indexes: {} };

export function createPolicyHistory({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): PolicyHistory {
  const loads = store.collection(loadsSpec);
  const texts = store.collection(textsSpec);

  async function latest(): Promise<LoadedPolicy | null> {
    const { items } = await loads.list('newest', { prefix: '', limit: 1 });
    return items[0] ?? null;
  }

  return {
    latest,
    async note(policy, by) {
      if ((await latest())?.version === policy.version) return;
      // ORDER: the texts first: no version stands in the history without them.
      try {
        await texts.insert({ id: policy.version, texts: policy.texts });
      } catch (error) {
        if (!isAppError(error, 'store.conflict')) throw error;
      }
      const { version } = policy;
      const instance = hostname();
      await loads.insert({ id: randomId(), version, loadedAtMs: clock.nowMs(), by, instance });
    },
    list: ({ after, limit }) =>
      loads.list('newest', { prefix: '', limit, ...(after !== undefined && { after }) }),
    texts: async version => (await texts.get(version))?.texts ?? null,
  };
}
