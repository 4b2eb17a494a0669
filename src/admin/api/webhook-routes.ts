import type { Administration } from '#access/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import type { WebhookActs } from '../webhooks/acts.ts';
import type { Attempt, Subscription, WebhookStore } from '../webhooks/subscriptions.ts';
import type { createActRoutes } from './act-route.ts';
import { pageOf } from './paging.ts';
import { defineRoute, type ApiAnswer, type ApiRoute, type Caller, type Words } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { toInstant } from './views.ts';
import { attemptSchema, newWebhookSchema, webhookSchema } from './webhook-schemas.ts';

const TAG = 'Événements';
const one = { schema: webhookSchema, words: { fr: 'L’abonnement', en: 'The subscription' } };
const secretKind = {
  schema: newWebhookSchema,
  words: {
    fr: 'L’abonnement et son secret, dit cette seule fois',
    en: 'The subscription and its secret, told once',
  },
};
const named = z.strictObject({ webhook: idField });

/** Which applications are told what. A secret is in the answer that makes it and in no other, sent again or not. */
export function webhookRoutes(deps: {
  readonly administration: Administration;
  readonly webhooks: WebhookActs;
  readonly webhookStore: WebhookStore;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, webhooks, actRoute } = deps;
  const { subscriptions, attempts } = deps.webhookStore;

  /** Subscriptions are the region’s own: no branch has its share of them. */
  async function assertReads({ administrator }: Caller): Promise<void> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.may('delivery', 'subscribe', {})) throw notFound();
  }

  async function seen(caller: Caller, id: string): Promise<z.input<typeof webhookSchema>> {
    await assertReads(caller);
    const subscription = await subscriptions.get(id);
    if (!subscription) throw notFound();
    return viewOf(subscription);
  }

  async function told(caller: Caller, id: string, secret: string | null): Promise<ApiAnswer> {
    const webhook = await seen(caller, id);
    return { status: 200, body: { webhook, secret }, kept: { webhook, secret: null } };
  }

  const stepRoute = (name: string, step: string, summary: Words, act: Act<{ webhook: string }, void>) =>
    actRoute({
      name,
      method: 'POST',
      path: `/webhooks/{webhook}/${step}`,
      tag: TAG,
      summary,
      act,
      answers: { 200: one },
      then: async (caller, _outcome, { webhook = '' }) => ({
        status: 200,
        body: await seen(caller, webhook),
      }),
    });

  return [
    defineRoute({
      name: 'listWebhooks',
      method: 'GET',
      path: '/webhooks',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les abonnements aux événements', en: 'List subscriptions to events' },
      query: z.strictObject(pagingFields),
      answers: { 200: { schema: pageSchema(webhookSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        await assertReads(call);
        const all = await subscriptions.all();
        const page = pageOf(
          all,
          ({ createdAtMs, id }) => `${String(createdAtMs).padStart(15, '0')} ${id}`,
          call.query,
        );
        const { next } = page;
        const items = page.items.map(viewOf);
        return {
          status: 200,
          next,
          body: { items, total: all.length, ...(next !== undefined && { next }) },
        };
      },
    }),
    actRoute({
      name: 'createWebhook',
      method: 'POST',
      path: '/webhooks',
      tag: TAG,
      summary: { fr: 'Abonner une application aux événements', en: 'Subscribe an application to events' },
      act: webhooks.create,
      answers: { 201: secretKind },
      then: async (caller, { result }) => ({
        ...(await told(caller, result.webhook, result.secret)),
        status: 201,
        location: `/webhooks/${result.webhook}`,
      }),
    }),
    defineRoute({
      name: 'getWebhook',
      method: 'GET',
      path: '/webhooks/{webhook}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire un abonnement', en: 'Read a subscription' },
      params: named,
      answers: { 200: one },
      handle: async call => ({ status: 200, body: await seen(call, call.params.webhook) }),
    }),
    defineRoute({
      name: 'listWebhookAttempts',
      method: 'GET',
      path: '/webhooks/{webhook}/attempts',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Lister les derniers envois d’un abonnement',
        en: 'List the latest deliveries of a subscription',
      },
      params: named,
      query: z.strictObject({ limit: pagingFields.limit }),
      answers: {
        200: {
          schema: z.strictObject({ items: z.array(attemptSchema) }),
          words: { fr: 'Les plus récents d’abord, sur sept jours', en: 'The newest first, of seven days' },
        },
      },
      async handle(call) {
        const { webhook } = await seen(call, call.params.webhook);
        const { items } = await attempts.list('subscription', {
          prefix: `${webhook} `,
          limit: call.query.limit,
        });
        return { status: 200, body: { items: items.map(attemptOf) } };
      },
    }),
    actRoute({
      name: 'rotateWebhookSecret',
      method: 'POST',
      path: '/webhooks/{webhook}/rotate-secret',
      tag: TAG,
      summary: { fr: 'Remplacer le secret', en: 'Replace the secret' },
      act: webhooks.rotate,
      answers: { 200: secretKind },
      then: (caller, { result }, { webhook = '' }) => told(caller, webhook, result.secret),
    }),
    stepRoute('pauseWebhook', 'pause', { fr: 'Suspendre', en: 'Pause' }, webhooks.pause),
    stepRoute('resumeWebhook', 'resume', { fr: 'Reprendre', en: 'Resume' }, webhooks.resume),
    stepRoute(
      'testWebhook',
      'test',
      { fr: 'Envoyer un essai, dans les secondes qui viennent', en: 'Send a trial, within seconds' },
      webhooks.test,
    ),
    actRoute({
      name: 'removeWebhook',
      method: 'DELETE',
      path: '/webhooks/{webhook}',
      tag: TAG,
      summary: { fr: 'Supprimer un abonnement', en: 'Remove a subscription' },
      act: webhooks.remove,
      answers: { 204: { words: { fr: 'Supprimé', en: 'Removed' } } },
      current: (caller, { webhook = '' }) => seen(caller, webhook),
      then: async () => ({ status: 204 }),
    }),
  ];
}

const viewOf = (subscription: Subscription): z.input<typeof webhookSchema> => ({
  webhook: subscription.id,
  host: subscription.host,
  events: [...subscription.kinds],
  format: subscription.format ?? 'webhook',
  audience: subscription.audience ?? null,
  network: subscription.network ?? null,
  organisation: subscription.organisation ?? null,
  paused: subscription.isPaused,
  since: toInstant(subscription.sinceMs) ?? '',
  created_at: toInstant(subscription.createdAtMs) ?? '',
  previous_secret_until:
    subscription.previousSecret === undefined ? null : toInstant(subscription.previousUntilMs),
});

const attemptOf = ({ kind, state, attempts, atMs, code }: Attempt): z.input<typeof attemptSchema> => ({
  event: kind,
  state,
  attempts,
  at: toInstant(atMs) ?? '',
  code: code ?? null,
});
