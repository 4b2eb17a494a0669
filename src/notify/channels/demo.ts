import type { Clock } from '#kernel/index.ts';
import type { CollectionSpec, Store } from '#store/index.ts';
import type { Channel, Message } from './channel.ts';

/** A message as `/demo/outbox` shows it. */
export interface DemoMessage extends Message {
  /** Epoch seconds. */
  readonly sentAt: number;
}

/** Keeps messages in the store instead of sending them. Only for demo mode: they are readable without signing in. */
export interface DemoChannel extends Channel {
  /** The newest first. */
  listDemoMessages(): Promise<readonly DemoMessage[]>;
}

interface Slot {
  /** Place in the ring. */
  readonly id: string;
  /** Order of sending, from 1. */
  readonly number: number;
  readonly content: DemoMessage;
}

interface Count {
  readonly id: string;
  readonly number: number;
}

const slotSpec: CollectionSpec<Slot> = {
  name: 'notify_demo_messages',
  version: 1,
  sealed: ['content'],
  indexes: { all: { key: () => 'all' } },
};
const countSpec: CollectionSpec<Count> = { name: 'notify_demo_count', version: 1, indexes: {} };

/** Kept at most. */
const KEPT = 200;

export function openDemoChannel({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): DemoChannel {
  const slots = store.collection(slotSpec);
  const counts = store.collection(countSpec);
  return {
    async send(message) {
      const number = (await counts.increment('messages', 'number', 1)) ?? 1;
      const content = { ...message, sentAt: clock.now() };
      await slots.put({ id: String(number % KEPT), number, content });
    },
    async listDemoMessages() {
      const { items } = await slots.list('all', { key: 'all', limit: KEPT });
      return items.toSorted((a, b) => b.number - a.number).map(({ content }) => content);
    },
  };
}
