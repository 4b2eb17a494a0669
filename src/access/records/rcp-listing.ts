import type { Page, Store } from '#store/index.ts';
import { rcpSessionsSpec, type RcpSessionDoc } from './collections.ts';

/** A tumour board, without its patients: how many there are, and what tells one opaque key from another. */
export interface RcpSessionView {
  readonly id: string;
  readonly network: string;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly removedAtMs: number | undefined;
  readonly participants: readonly { readonly account: string; readonly role: string }[];
  /** Accounts that a 3C lets enter patients in it. */
  readonly registrants: readonly string[];
  /** Beginnings of the patient keys. SECURITY: a whole key would let who reads this page ask about the patient. */
  readonly patients: readonly string[];
  /** When, and by which application or account, it was last told to us. */
  readonly changedAtMs: number | undefined;
  readonly changedBy: string | undefined;
}

/** RCP sessions for who administers a network. Filters by nothing: whoever reads judges the network first. */
export interface RcpListing {
  /** The newest first. */
  list(
    network: string,
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<RcpSessionView>>;
  get(id: string): Promise<RcpSessionView | null>;
}

const KEY_SHOWN = 6;

export function createRcpListing({ store }: { readonly store: Store }): RcpListing {
  const sessions = store.collection(rcpSessionsSpec);
  return {
    async list(network, { after, limit }) {
      const query = { prefix: `${network}/`, limit, ...(after !== undefined && { after }) };
      const { items, ...rest } = await sessions.list('newest', query);
      return { items: items.map(viewOf), ...rest };
    },
    async get(id) {
      const session = await sessions.get(id);
      return session && viewOf(session);
    },
  };
}

function viewOf(session: RcpSessionDoc): RcpSessionView {
  const last = session.history.at(-1);
  return {
    id: session.id,
    network: session.network,
    fromMs: session.fromMs,
    toMs: session.toMs,
    removedAtMs: session.removedAtMs,
    participants: session.participants,
    registrants: session.registrants ?? [],
    patients: session.patients.map(key => `${key.slice(0, KEY_SHOWN)}…`),
    changedAtMs: last?.recordedAtMs,
    changedBy: last?.by ?? (last?.client === undefined ? undefined : `client:${last.client}`),
  };
}
