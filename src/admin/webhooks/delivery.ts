import { isAppError, type Clock } from '#kernel/index.ts';
import type { JsonObject, Outbox } from '#notify/index.ts';
import type { TEST_KIND, WebhookEvent, WebhookKind } from './kinds.ts';
import type { Sender } from './sender.ts';
import { signedHeaders } from './signing.ts';
import type { Attempt, Subscription, WebhookStore } from './subscriptions.ts';

/** The kind of delivery in the outbox, with its retries, and its pages for what was given up. */
export const WEBHOOK_DELIVERY = 'admin.webhook';

const ATTEMPTS_KEPT_SECONDS = 7 * 86_400;

/** An event on its way, or one that only tries the receiver. */
export interface Told extends Omit<WebhookEvent, 'kind'> {
  readonly kind: WebhookKind | typeof TEST_KIND;
}

export interface WebhookDelivery {
  /** Durable when it resolves; the same event for the same receiver, within a week, is one delivery. */
  enqueue(subscription: Subscription, event: Told): Promise<void>;
}

export function createWebhookDelivery(deps: {
  readonly outbox: Pick<Outbox, 'register' | 'enqueue'>;
  readonly clock: Clock;
  readonly sender: Sender;
  readonly store: WebhookStore;
}): WebhookDelivery {
  const { outbox, clock, sender } = deps;
  const { subscriptions, attempts } = deps.store;

  const secretsOf = ({ secret, previousSecret, previousUntilMs = 0 }: Subscription) =>
    previousSecret !== undefined && clock.nowMs() < previousUntilMs ? [secret, previousSecret] : [secret];

  function note(payload: JsonObject, attempt: number, failure?: unknown): Promise<void> {
    const now = clock.nowMs();
    const doc: Attempt = {
      id: `${String(payload['subscription'])}.${String(payload['id'])}`,
      subscription: String(payload['subscription']),
      kind: payload['kind'] as Attempt['kind'],
      state: failure === undefined ? 'sent' : 'failed',
      attempts: attempt,
      atMs: now,
      ...(failure !== undefined && { code: isAppError(failure) ? failure.code : 'unexpected' }),
      expiresAt: clock.now() + ATTEMPTS_KEPT_SECONDS,
    };
    return attempts.put(doc);
  }

  outbox.register(
    WEBHOOK_DELIVERY,
    async (payload, { attempt }) => {
      const subscription = await subscriptions.get(String(payload['subscription']));
      // Deleted since: there is nobody to tell.
      if (!subscription) return;
      const id = String(payload['id']);
      const body = String(payload['body']);
      const headers = signedHeaders({ id, timestamp: clock.now(), body }, secretsOf(subscription));
      try {
        await sender.post(subscription.url, body, headers);
      } catch (failure) {
        await note(payload, attempt, failure);
        throw failure;
      }
      await note(payload, attempt);
    },
    { title: 'Événement vers une application', destination: ({ host }) => String(host) },
  );

  return {
    enqueue({ id: subscription, host }, { id, kind, at, data }) {
      // SPEC: Standard Webhooks: `type`, `timestamp` and `data`.
      const body = JSON.stringify({ type: kind, timestamp: at, data });
      return outbox.enqueue(
        WEBHOOK_DELIVERY,
        { subscription, host, id, kind, body },
        { id: `${WEBHOOK_DELIVERY}:${subscription}:${id}` },
      );
    },
  };
}
