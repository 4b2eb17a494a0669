import type { Collection, CollectionSpec, Store } from '#store/index.ts';

/** `due`: to be sent or being sent · `done` · `dead`: given up, see `reason`. */
export type OutboxState = 'due' | 'done' | 'dead';

export interface OutboxDoc {
  readonly id: string;
  readonly kind: string;
  readonly state: OutboxState;
  /** JSON. Gone once the delivery is done or dead: a message is kept no longer than it is needed. */
  readonly payload?: string;
  readonly attempts: number;
  readonly enqueuedAtMs: number;
  /** When it is looked at next; while it is being sent, when its claim lapses. */
  readonly nextAtMs: number;
  /** Who is sending it. */
  readonly claim: string;
  /** Epoch seconds; never sent at or after it. */
  readonly notAfterAt?: number;
  /** Code of the newest failure, or why it was given up. */
  readonly reason?: string;
  readonly expiresAt?: number;
}

const outboxSpec: CollectionSpec<OutboxDoc> = {
  name: 'notify_outbox',
  version: 1,
  sealed: ['payload'],
  indexes: {
    due: { key: doc => (doc.state === 'due' ? timeKey(doc.nextAtMs) : null) },
    state: { key: doc => doc.state },
  },
};

/** In the order of time as text. */
function timeKey(ms: number): string {
  return String(Math.max(0, ms)).padStart(15, '0');
}

export type OutboxCollection = Collection<OutboxDoc>;

export function openOutboxCollection(store: Store): OutboxCollection {
  return store.collection(outboxSpec);
}
