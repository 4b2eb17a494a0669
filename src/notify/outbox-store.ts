import type { Collection, CollectionSpec, Store } from '#store/index.ts';

/** `due`: to be sent or being sent · `done` · `dead`: given up, see `reason`. */
export type OutboxState = 'due' | 'done' | 'dead';

/** What the last carrier says of a message that was handed over. */
export interface Receipt {
  readonly state: 'delivered' | 'undelivered' | 'failed';
  /** The carrier's own. */
  readonly code?: string;
}

export interface OutboxDoc {
  readonly id: string;
  readonly kind: string;
  readonly state: OutboxState;
  /**
   * JSON. Gone once the delivery is done, or dead with no sense in trying again: a message is kept no longer than it
   * is needed.
   */
  readonly payload?: string;
  readonly attempts: number;
  readonly enqueuedAtMs: number;
  /** When it is looked at next; while it is being sent, when its claim lapses. */
  readonly nextAtMs: number;
  /** Who is sending it, or was when its process died; `NOBODY` between two attempts. */
  readonly claim: string;
  /** Epoch seconds; never sent at or after it. */
  readonly notAfterAt?: number;
  /** Code of the newest failure, or why it was given up. */
  readonly reason?: string;
  readonly receipt?: Receipt;
  readonly expiresAt?: number;
}

export const NOBODY = '';

const outboxSpec: CollectionSpec<OutboxDoc> = {
  name: 'notify_outbox',
  version: 3,
  sealed: ['payload'],
  indexes: {
    due: { key: doc => (doc.state === 'due' ? timeKey(doc.nextAtMs) : null) },
    dead: { key: doc => (doc.state === 'dead' ? timeKey(LAST_MS - doc.enqueuedAtMs) : null) },
    delivered: {
      key: doc =>
        doc.state === 'done' && doc.receipt?.state === 'delivered'
          ? timeKey(LAST_MS - doc.enqueuedAtMs)
          : null,
    },
    state: { key: doc => doc.state },
  },
};

/** The newest first: the store lists in ascending order only. */
const LAST_MS = 999_999_999_999_999;

/** In the order of time as text. */
function timeKey(ms: number): string {
  return String(Math.max(0, ms)).padStart(15, '0');
}

export type OutboxCollection = Collection<OutboxDoc>;

export function openOutboxCollection(store: Store): OutboxCollection {
  return store.collection(outboxSpec);
}
