import type { Audit } from '#audit/index.ts';
import { isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { Page, Store } from '#store/index.ts';
import { createDeliveries, type Deliveries, type DeliveryWords } from './deliveries.ts';
import { deliveryAbandoned } from './events.ts';
import type { NotifyLogger } from './logger.ts';
import {
  NOBODY,
  openOutboxCollection,
  type OutboxDoc,
  type OutboxState,
  type Receipt,
} from './outbox-store.ts';
import { retryDelayMs, RETRY_LIMIT_MS } from './retry.ts';
import { createSlots } from './slots.ts';

export type { OutboxState } from './outbox-store.ts';

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Sends one delivery. Throws to have it tried again later, `undeliverable()` to give it up. */
export type DeliveryHandler = (
  payload: JsonObject,
  context: { readonly id: string; readonly attempt: number },
) => Promise<void>;

/** A delivery without its content. */
export type OutboxItem = Omit<OutboxDoc, 'payload' | 'claim' | 'expiresAt'>;

export interface Outbox {
  /** `words`: how administrators read it; `null` hides it from them. Throws `TypeError` on a kind registered twice. */
  register(kind: string, handler: DeliveryHandler, words?: DeliveryWords | null): void;
  /**
   * Resolves when the delivery is durable, its content sealed; it is then tried at once in this process, without
   * making the caller wait. The same `id` within a week is the same delivery and is not sent twice.
   * `notAfterAt` (epoch seconds): what would arrive later is never sent. Rejects with `store.unavailable`.
   */
  enqueue(
    kind: string,
    payload: JsonObject,
    options?: { readonly id?: string; readonly notAfterAt?: number },
  ): Promise<void>;
  /**
   * Notes what the carrier says has become of a delivery, once: the first word stands. What reached nobody is then
   * among those given up. Nothing happens to a delivery that is known no more.
   */
  acknowledge(id: string, receipt: Receipt): Promise<void>;
  /**
   * True while the newest attempt by this process at a delivery of that kind has failed for a cause that may pass, for
   * ten minutes at most. A refused recipient is none.
   */
  isFailing(kind: string): boolean;
  /** Sends everything that is due now, and resolves when it and what was under way has ended. Called every few seconds by `jobs`. */
  drain(): Promise<void>;
  list(
    state: OutboxState,
    page?: { readonly after?: string; readonly limit?: number },
  ): Promise<Page<OutboxItem>>;
  /** What is on its way and what was given up, for the pages of administration. */
  readonly deliveries: Deliveries;
  /** Tries no more; resolves when the deliveries under way have ended. What is left is sent by the next process. */
  close(): Promise<void>;
}

/** A claim of a process that died lapses after this long; a living one renews it three times within. */
const CLAIM_MS = 60_000;

/** Sent at a time by one process: a slow server must not take all sockets. */
const PARALLEL = 8;

/** After as long without an attempt, nobody knows any more. */
const FAILING_MS = 10 * 60_000;

const DONE_KEPT_SECONDS = 7 * 86_400;
/** With its content, sealed, so that it can be tried again once its cause is mended. */
const DEAD_KEPT_SECONDS = 14 * 86_400;

export function createOutbox(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly logger?: NotifyLogger;
}): Outbox {
  const { clock, audit, logger } = deps;
  const outbox = openOutboxCollection(deps.store);
  const handlers = new Map<string, DeliveryHandler>();
  const words = new Map<string, DeliveryWords | null>();
  const slots = createSlots(PARALLEL);
  const underWay = new Set<Promise<void>>();
  /** When the newest attempt failed, by kind. */
  const failing = new Map<string, number>();
  let isClosed = false;

  /** Exactly one of several callers, in whatever process, receives the delivery. */
  async function claimDue(id: string): Promise<OutboxDoc | null> {
    const claim = randomId();
    const claimed = await outbox.update(id, doc =>
      doc.state === 'due' && doc.nextAtMs <= clock.nowMs()
        ? { ...doc, claim, nextAtMs: clock.nowMs() + CLAIM_MS }
        : doc,
    );
    return claimed?.claim === claim ? claimed : null;
  }

  /** Changes a delivery that is still ours: after a lapsed claim it is somebody else's. */
  const changeClaimed = ({ id, claim }: OutboxDoc, change: (doc: OutboxDoc) => OutboxDoc) =>
    outbox.update(id, doc => (doc.claim === claim && doc.state === 'due' ? change(doc) : doc));

  /**
   * INVARIANT: nothing is sent on a claim that may have lapsed while the delivery waited for its slot. A young claim
   * cannot have; an old one is renewed first, unless another process has the delivery.
   */
  async function holdOn(doc: OutboxDoc): Promise<OutboxDoc | null> {
    if (doc.nextAtMs - clock.nowMs() > CLAIM_MS / 2) return doc;
    const held = await changeClaimed(doc, stored => ({ ...stored, nextAtMs: clock.nowMs() + CLAIM_MS }));
    return held?.claim === doc.claim && held.state === 'due' ? doc : null;
  }

  async function deliver(doc: OutboxDoc): Promise<void> {
    if (doc.notAfterAt !== undefined && doc.notAfterAt <= clock.now()) return giveUp(doc, 'too_late');
    const handler = handlers.get(doc.kind);
    const attempt = doc.attempts + 1;
    const mine = await holdOn({ ...doc, attempts: attempt });
    if (mine === null) return;
    const renewal = setInterval(() => {
      changeClaimed(doc, held => ({ ...held, nextAtMs: clock.nowMs() + CLAIM_MS })).catch(() => undefined);
    }, CLAIM_MS / 3).unref();
    try {
      if (handler === undefined) throw new TypeError(`no handler for ${doc.kind}`);
      await handler(JSON.parse(mine.payload ?? '{}'), { id: doc.id, attempt });
    } catch (error) {
      return await retryLater(mine, error);
    } finally {
      clearInterval(renewal);
    }
    failing.delete(doc.kind);
    await changeClaimed(doc, held => handedOver({ ...held, attempts: attempt }));
  }

  /** Handed over, and given up all the same when the carrier has said meanwhile that it reached nobody. */
  function handedOver(doc: OutboxDoc): OutboxDoc {
    const { receipt } = doc;
    if (!receipt || receipt.state === 'delivered')
      return finished(doc, 'done', clock.now() + DONE_KEPT_SECONDS);
    const reason = ['notify', receipt.state, ...(receipt.code === undefined ? [] : [receipt.code])].join('.');
    return finished({ ...doc, reason }, 'dead', clock.now() + DEAD_KEPT_SECONDS);
  }

  async function retryLater(doc: OutboxDoc, error: unknown): Promise<void> {
    const reason = isAppError(error) ? error.code : 'delivery_failed';
    const nextAtMs = clock.nowMs() + retryDelayMs(doc.attempts);
    logger?.warn(
      { delivery: doc.id, kind: doc.kind, attempt: doc.attempts, reason, err: error },
      'a delivery failed',
    );
    if (reason === 'notify.undeliverable') return giveUp(doc, 'undeliverable');
    failing.set(doc.kind, clock.nowMs());
    if (nextAtMs > doc.enqueuedAtMs + RETRY_LIMIT_MS) return giveUp(doc, 'retries_exhausted');
    if (doc.notAfterAt !== undefined && nextAtMs >= doc.notAfterAt * 1000) return giveUp(doc, 'too_late');
    await changeClaimed(doc, held => ({
      ...held,
      attempts: doc.attempts,
      nextAtMs,
      reason,
      claim: NOBODY,
    }));
  }

  async function giveUp(doc: OutboxDoc, reason: string): Promise<void> {
    const data = { delivery: doc.id, kind: doc.kind, reason, attempts: doc.attempts };
    logger?.error(data, 'a delivery was given up');
    // ORDER: the trace first; a crash in between leaves the delivery due, and it is given up again.
    await audit.record(deliveryAbandoned, { actor: 'system', outcome: 'failure', data });
    const ended = finished({ ...doc, reason }, 'dead', clock.now() + DEAD_KEPT_SECONDS);
    // What is of use for a time only (a code) is not kept: it would never be tried again.
    const isKept = doc.notAfterAt === undefined && doc.payload !== undefined;
    await changeClaimed(doc, () => (isKept ? { ...ended, payload: doc.payload } : ended));
  }

  /** Delivers in a slot of its own; a failure of the store leaves the claim to lapse, and the delivery comes again. */
  function begin(doc: OutboxDoc): Promise<void> {
    const run = slots
      .run(async () => {
        if (!isClosed) await deliver(doc);
      })
      .catch((error: unknown) => {
        logger?.error({ delivery: doc.id, kind: doc.kind, err: error }, 'a delivery could not be settled');
      });
    underWay.add(run);
    void run.then(() => underWay.delete(run));
    return run;
  }

  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  async function beginDue(): Promise<number> {
    const { items } = await outbox.list('due', { prefix: '', limit: 200 });
    let begun = 0;
    for (const { id, nextAtMs } of items) {
      if (isClosed || nextAtMs > clock.nowMs()) break;
      const claimed = await claimDue(id).catch((error: unknown) => {
        // Too many others want the same delivery: one of them has it.
        if (isAppError(error, 'store.busy')) return null;
        throw error;
      });
      if (claimed === null) continue;
      begun++;
      void begin(claimed);
    }
    return begun;
  }

  return {
    register(kind, handler, told = { title: kind }) {
      if (handlers.has(kind)) throw new TypeError(`the kind ${kind} is registered twice`);
      handlers.set(kind, handler);
      words.set(kind, told);
    },
    async enqueue(kind, payload, options = {}) {
      const enqueuedAtMs = clock.nowMs();
      const doc: OutboxDoc = {
        id: options.id ?? randomId(),
        kind,
        state: 'due',
        payload: JSON.stringify(payload),
        attempts: 0,
        enqueuedAtMs,
        // Born claimed by this process, which sends it at once and saves a write.
        claim: randomId(),
        nextAtMs: enqueuedAtMs + (isClosed ? 0 : CLAIM_MS),
        ...(options.notAfterAt !== undefined && { notAfterAt: options.notAfterAt }),
      };
      try {
        await outbox.insert(doc);
      } catch (error) {
        if (options.id !== undefined && isAppError(error, 'store.conflict')) return;
        throw error;
      }
      void begin(doc);
    },
    async acknowledge(id, receipt) {
      await outbox.update(id, doc => {
        if (doc.receipt || doc.state === 'dead') return doc;
        const noted = { ...doc, receipt };
        return doc.state === 'done' ? handedOver(noted) : noted;
      });
    },
    isFailing: kind => clock.nowMs() - (failing.get(kind) ?? -Infinity) < FAILING_MS,
    async drain() {
      do await settled();
      while ((await beginDue()) > 0);
      await settled();
    },
    async list(state, { after, limit = 100 } = {}) {
      const page = await outbox.list('state', { key: state, limit, ...(after !== undefined && { after }) });
      const items = page.items.map(({ payload: _p, claim: _c, expiresAt: _e, ...item }) => item);
      return page.next === undefined ? { items } : { items, next: page.next };
    },
    deliveries: createDeliveries({
      outbox,
      clock,
      // Of a kind that nobody registers any more, the name is all that is known.
      wordsOf: kind => (words.has(kind) ? (words.get(kind) ?? null) : { title: kind }),
    }),
    async close() {
      isClosed = true;
      await settled();
    },
  };
}

function finished(
  { payload: _payload, ...doc }: OutboxDoc,
  state: 'done' | 'dead',
  expiresAt: number,
): OutboxDoc {
  return { ...doc, state, expiresAt };
}
