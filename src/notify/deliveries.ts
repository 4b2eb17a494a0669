import type { Clock } from '#kernel/index.ts';
import type { Page } from '#store/index.ts';
import type { JsonObject } from './outbox.ts';
import { NOBODY, type OutboxCollection, type OutboxDoc } from './outbox-store.ts';

/** How people read a kind of delivery. */
export interface DeliveryWords {
  /** French: « Courriel ». */
  readonly title: string;
  /** To whom or what, masked: a page of administration shows it. SECURITY: never the content, never a whole address. */
  readonly destination?: (payload: JsonObject) => string;
}

/** `due`: waiting · `dead`: given up · `delivered`: it has reached its telephone, by the word of the carrier. */
export type DeliveryState = 'due' | 'dead' | 'delivered';

/** A delivery as an administrator sees it: never its content. */
export interface Delivery {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  /** Masked; absent once the content is gone. */
  readonly destination: string | undefined;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Epoch milliseconds, both. */
  readonly enqueuedAtMs: number;
  readonly nextAtMs: number;
  /** Why the newest attempt failed, or why it was given up. */
  readonly reason: string | undefined;
  /** False when nothing is left to send, or it would come too late. */
  readonly canRetry: boolean;
}

/** How one kind of delivery is doing. */
export interface KindHealth {
  readonly kind: string;
  readonly title: string;
  /** Not tried yet, or being tried. */
  readonly waiting: number;
  /** Failed at least once, and will be tried again. */
  readonly retried: number;
  /** Given up. */
  readonly dead: number;
  /** Of those that left within a week: reached, by the word of the carrier. 0 where no carrier says. */
  readonly delivered: number;
}

/** What is on its way and what was given up, for who looks after the service. */
export interface Deliveries {
  /** By kind; `isWhole` is false when there are more than are counted. */
  health(): Promise<{ readonly kinds: readonly KindHealth[]; readonly isWhole: boolean }>;
  /** `due`: the next to be tried first. The others: the newest first. */
  list(
    state: DeliveryState,
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<Delivery>>;
  /** `null` for what was sent without a further word, never was, or is nobody’s to see. */
  get(id: string): Promise<Delivery | null>;
  /** Has it tried within seconds; one that was given up starts anew. Resolves to false when that cannot be. */
  retry(id: string): Promise<boolean>;
  /** Forgets it; one that is being sent at this moment may still arrive. Resolves to false when it was gone. */
  drop(id: string): Promise<boolean>;
}

const PAGE = 500;
const NONE = { waiting: 0, retried: 0, dead: 0, delivered: 0 };
/** What is counted of each state: beyond, the figure is no longer what matters. */
const MOST_COUNTED = 5_000;

export function createDeliveries(deps: {
  readonly outbox: OutboxCollection;
  readonly clock: Clock;
  /** `null`: a kind that nobody is shown. */
  readonly wordsOf: (kind: string) => DeliveryWords | null;
}): Deliveries {
  const { outbox, clock, wordsOf } = deps;

  const canRetry = ({ payload, notAfterAt, state }: OutboxDoc) =>
    state !== 'done' && payload !== undefined && (notAfterAt === undefined || clock.now() < notAfterAt);

  function viewOf(doc: OutboxDoc): Delivery | null {
    const words = wordsOf(doc.kind);
    const state = stateOf(doc);
    if (!words || !state) return null;
    const payload = doc.payload === undefined ? undefined : (JSON.parse(doc.payload) as JsonObject);
    return {
      id: doc.id,
      kind: doc.kind,
      title: words.title,
      destination: payload && words.destination?.(payload),
      state,
      attempts: doc.attempts,
      enqueuedAtMs: doc.enqueuedAtMs,
      nextAtMs: doc.nextAtMs,
      reason: doc.reason,
      canRetry: canRetry(doc),
    };
  }

  async function list(state: DeliveryState, { after, limit }: { after?: string | undefined; limit: number }) {
    const query = { prefix: '', limit, ...(after !== undefined && { after }) };
    const { items, ...rest } = await outbox.list(state, query);
    return { items: items.map(viewOf).filter(item => item !== null), ...rest };
  }

  return {
    list,
    async get(id) {
      const doc = await outbox.get(id);
      return doc && viewOf(doc);
    },

    async health() {
      const kinds = new Map<string, KindHealth>();
      let isWhole = true;
      for (const state of ['due', 'dead', 'delivered'] as const) {
        let after: string | undefined;
        let counted = 0;
        do {
          const page = await list(state, { after, limit: PAGE });
          for (const { kind, title, attempts } of page.items) {
            const { waiting, retried, dead, delivered } = kinds.get(kind) ?? NONE;
            kinds.set(kind, {
              kind,
              title,
              waiting: waiting + Number(state === 'due' && attempts === 0),
              retried: retried + Number(state === 'due' && attempts > 0),
              dead: dead + Number(state === 'dead'),
              delivered: delivered + Number(state === 'delivered'),
            });
          }
          counted += PAGE;
          after = page.next;
          if (after !== undefined && counted >= MOST_COUNTED) isWhole = false;
        } while (after !== undefined && isWhole);
      }
      return { kinds: [...kinds.values()].sort((a, b) => a.title.localeCompare(b.title, 'fr')), isWhole };
    },

    async retry(id) {
      const nowMs = clock.nowMs();
      let isRetried = false;
      await outbox.update(id, doc => {
        isRetried = canRetry(doc);
        if (!isRetried) return doc;
        // SECURITY: what is being sent at this moment is not sent a second time beside it.
        if (doc.state === 'due') return doc.claim === NOBODY ? { ...doc, nextAtMs: nowMs } : doc;
        const { expiresAt: _kept, reason: _former, ...rest } = doc;
        return { ...rest, state: 'due', claim: NOBODY, attempts: 0, enqueuedAtMs: nowMs, nextAtMs: nowMs };
      });
      return isRetried;
    },

    // What was sent stays known for its week: the same message is not sent twice.
    drop: async id =>
      (await outbox.consume(id, doc => doc.state !== 'done' && viewOf(doc) !== null)) !== null,
  };
}

function stateOf({ state, receipt }: OutboxDoc): DeliveryState | null {
  if (state !== 'done') return state;
  return receipt?.state === 'delivered' ? 'delivered' : null;
}
