import { hashToken, isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** What one application calls a person. */
interface ExternalId extends Doc {
  readonly client: string;
  readonly sub: string;
  readonly externalId: string;
}

const externalIdsSpec: CollectionSpec<ExternalId> = {
  name: 'scim_external_ids',
  version: 1,
  indexes: {
    client: { key: ({ client }) => client },
    name: { key: ({ client, externalId }) => nameOf(client, externalId), unique: true },
  },
};

const nameOf = (client: string, externalId: string) => hashToken(`${client}\n${externalId}`);
const PAGE = 1000;

/**
 * SPEC: RFC 7643 §3.1: the name that the provisioning application gives, unique within it. A note of that application
 * about its own records: it changes nobody's rights, and no other application sees it.
 */
export interface ExternalIds {
  of(client: string, sub: string): Promise<string | undefined>;
  find(client: string, externalId: string): Promise<string | undefined>;
  /** All of one application's, by `sub`. */
  all(client: string): Promise<ReadonlyMap<string, string>>;
  /** Throws `store.conflict` (409) when the application has given that name to somebody else. */
  set(client: string, sub: string, externalId: string | undefined): Promise<void>;
}

export function createExternalIds({ store }: { readonly store: Store }): ExternalIds {
  const ids = store.collection(externalIdsSpec);
  const idOf = (client: string, sub: string) => hashToken(`${client}\n${sub}`);
  return {
    of: async (client, sub) => (await ids.get(idOf(client, sub)))?.externalId,
    find: async (client, externalId) => (await ids.findOne('name', nameOf(client, externalId)))?.sub,
    async all(client) {
      const all = new Map<string, string>();
      let after: string | undefined;
      do {
        const page = await ids.list('client', {
          key: client,
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        for (const { sub, externalId } of page.items) all.set(sub, externalId);
        after = page.next;
      } while (after !== undefined);
      return all;
    },
    async set(client, sub, externalId) {
      const id = idOf(client, sub);
      if (externalId === undefined) return ids.remove(id);
      const doc = { id, client, sub, externalId };
      try {
        await ids.insert(doc);
      } catch (error) {
        const isMine = isAppError(error, 'store.conflict') && (await ids.update(id, () => doc)) !== null;
        if (!isMine) throw error;
      }
    },
  };
}
