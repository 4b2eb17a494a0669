import { isAppError, type Clock } from '#kernel/index.ts';
import type { JsonObject, Outbox } from '#notify/index.ts';
import type { AdminPorts } from '../ports.ts';
import type { Told } from './kinds.ts';
import { securityEventOf } from './security-events.ts';
import type { Sender } from './sender.ts';
import { signedHeaders } from './signing.ts';
import type { Attempt, Subscription, WebhookStore } from './subscriptions.ts';

/** The kind of delivery in the outbox, with its retries, and its pages for what was given up. */
export const WEBHOOK_DELIVERY = 'admin.webhook';

const ATTEMPTS_KEPT_SECONDS = 7 * 86_400;

export interface WebhookDelivery {
  /** Durable when it resolves; the same event for the same receiver, within a week, is one delivery. */
  enqueue(subscription: Subscription, event: Told): Promise<void>;
}

export function createWebhookDelivery(deps: {
  readonly outbox: Pick<Outbox, 'register' | 'enqueue'>;
  readonly clock: Clock;
  readonly sender: Sender;
  readonly store: WebhookStore;
  readonly issuer: string;
  readonly ports: Pick<AdminPorts, 'securityEvents'>;
}): WebhookDelivery {
  const { outbox, clock, sender, issuer } = deps;
  const { securityEvents } = deps.ports;
  const { subscriptions, attempts } = deps.store;

  const secretsOf = ({ secret, previousSecret, previousUntilMs = 0 }: Subscription) =>
    [secret, clock.nowMs() < previousUntilMs ? previousSecret : undefined].filter(
      (each): each is string => each !== undefined,
    );

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

  async function send(
    subscription: Subscription,
    { id, body }: { readonly id: string; readonly body: string },
  ): Promise<void> {
    // Signed at each attempt, by the key of that moment: a key may be retired while a receiver is away.
    if (subscription.format === 'set')
      return sender.push(subscription.url, await securityEvents.sign(JSON.parse(body) as JsonObject));
    const headers = signedHeaders({ id, timestamp: clock.now(), body }, secretsOf(subscription));
    return sender.post(subscription.url, body, headers);
  }

  outbox.register(
    WEBHOOK_DELIVERY,
    async (payload, { attempt }) => {
      const subscription = await subscriptions.get(String(payload['subscription']));
      // Deleted since: there is nobody to tell.
      if (!subscription) return;
      try {
        await send(subscription, { id: String(payload['id']), body: String(payload['body']) });
      } catch (failure) {
        await note(payload, attempt, failure);
        throw failure;
      }
      await note(payload, attempt);
    },
    { title: 'Événement vers une application', destination: ({ host }) => String(host) },
  );

  return {
    async enqueue({ id: subscription, host, format, audience = '' }, event) {
      const { id, kind, at, data } = event;
      const told =
        format === 'set'
          ? securityEventOf(event, { issuer, audience, stream: subscription, issuedAt: clock.now() })
          : // SPEC: Standard Webhooks: `type`, `timestamp` and `data`.
            { type: kind, timestamp: at, data };
      if (told === null) return;
      const body = JSON.stringify(told);
      await outbox.enqueue(
        WEBHOOK_DELIVERY,
        { subscription, host, id, kind, body },
        { id: `${WEBHOOK_DELIVERY}:${subscription}:${id}` },
      );
    },
  };
}
