import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import type { TEST_KIND, WebhookKind } from './kinds.ts';

/** A receiver, and what it is told. */
export interface Subscription extends Doc {
  /** Sealed: an address may hold a token of the receiver. */
  readonly url: string;
  /** What may be shown of it. */
  readonly host: string;
  readonly kinds: readonly WebhookKind[];
  /** Only what happens in that network; only to people of that organisation or below it. */
  readonly network?: string;
  readonly organisation?: string;
  /** Absent: as Standard Webhooks. `set`: as Security Event Tokens, signed with the keys of the service. */
  readonly format?: 'set';
  /** Of such tokens. */
  readonly audience?: string;
  /** Of Standard Webhooks. */
  readonly secret?: string;
  /** Signs beside the present one until then (epoch milliseconds). */
  readonly previousSecret?: string;
  readonly previousUntilMs?: number;
  /** While it is paused nothing is queued for it, and nothing is sent later on. */
  readonly isPaused: boolean;
  /** What happened before is not told: its beginning, or its last resumption (epoch milliseconds). */
  readonly sinceMs: number;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

/** The newest attempt of one event for one receiver. */
export interface Attempt extends Doc {
  readonly subscription: string;
  readonly kind: WebhookKind | typeof TEST_KIND;
  readonly state: 'sent' | 'failed';
  readonly attempts: number;
  readonly atMs: number;
  /** Code of the failure. */
  readonly code?: string;
  readonly expiresAt: number;
}

/** Up to where the trail was read, in epoch milliseconds. */
interface FeedCursor extends Doc {
  readonly atMs: number;
}

const subscriptionSpec: CollectionSpec<Subscription> = {
  name: 'admin_webhooks',
  version: 1,
  indexes: { created: { key: ({ createdAtMs }) => String(createdAtMs).padStart(15, '0') } },
  sealed: ['url', 'secret', 'previousSecret'],
};

const attemptSpec: CollectionSpec<Attempt> = {
  name: 'admin_webhook_attempts',
  version: 1,
  indexes: {
    // The newest first: the store lists in ascending order only.
    subscription: {
      key: ({ subscription, atMs }) => `${subscription} ${String(LAST_MS - atMs).padStart(15, '0')}`,
    },
  },
};
const LAST_MS = 999_999_999_999_999;

const cursorSpec: CollectionSpec<FeedCursor> = { name: 'admin_webhook_feed', version: 1, indexes: {} };

/** Each is asked about every event: as many as a region may sensibly have. */
export const MOST_SUBSCRIPTIONS = 20;

export interface Subscriptions extends Collection<Subscription> {
  /** All of them, the oldest first. */
  all(): Promise<readonly Subscription[]>;
}

export interface WebhookStore {
  readonly subscriptions: Subscriptions;
  readonly attempts: Collection<Attempt>;
  readonly feed: Collection<FeedCursor>;
}

export function openWebhookStore(store: Store): WebhookStore {
  const subscriptions = store.collection(subscriptionSpec);
  return {
    subscriptions: {
      ...subscriptions,
      all: async () => (await subscriptions.list('created', { prefix: '', limit: 1_000 })).items,
    },
    attempts: store.collection(attemptSpec),
    feed: store.collection(cursorSpec),
  };
}
