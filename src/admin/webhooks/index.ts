/**
 * Events out: what happens to accounts, profiles, sessions and the règlement is told to the applications that the
 * region has subscribed, signed (Standard Webhooks, or Security Event Tokens of Shared Signals). Follows the trail, so that nothing has to tell it anything; the
 * outbox delivers, and its pages show what was given up.
 */
import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createWebhookActs, type WebhookActs } from './acts.ts';
import { createWebhookDelivery } from './delivery.ts';
import { createWebhookFeed } from './feed.ts';
import { createWebhookPages } from './pages.ts';
import { transmitterConfiguration } from './security-events.ts';
import { createSender } from './sender.ts';
import { openWebhookStore, type WebhookStore } from './subscriptions.ts';

/** How soon an event leaves, at most. */
const FEED_SECONDS = 5;

export type { WebhookActs } from './acts.ts';

export function createWebhooks(
  context: AdminContext,
): Feature & { readonly webhooks: WebhookActs; readonly webhookStore: WebhookStore } {
  const store = openWebhookStore(context.store);
  const sender = createSender(context);
  const delivery = createWebhookDelivery({ ...context, sender, store });
  const webhooks = createWebhookActs({ ...context, subscriptions: store.subscriptions, sender, delivery });
  return {
    webhooks,
    webhookStore: store,
    acts: Object.values(webhooks) as Act[],
    mount(routes) {
      createWebhookPages(routes, context, webhooks, store);
      const { issuer, ports } = context;
      // Public, as the keys are.
      routes.get('/.well-known/ssf-configuration', ctx => {
        ctx.set('Cache-Control', 'public, max-age=300');
        ctx.body = transmitterConfiguration(issuer, ports.securityEvents.jwksUri);
      });
    },
    jobs: [
      {
        name: 'admin.webhook-feed',
        seconds: FEED_SECONDS,
        run: createWebhookFeed({ ...context, delivery, store }),
      },
    ],
  };
}
