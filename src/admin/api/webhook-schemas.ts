import { z } from 'zod';

/* What the API answers about subscriptions to events. SECURITY: neither their address, which may hold a token, nor a secret. */

const instant = z.iso.datetime({ offset: true });

export const webhookSchema = z
  .strictObject({
    webhook: z.string(),
    host: z.string(),
    events: z.array(z.string()),
    format: z.enum(['webhook', 'set']),
    audience: z.string().nullable(),
    network: z.string().nullable(),
    organisation: z.string().nullable(),
    paused: z.boolean(),
    since: instant,
    created_at: instant,
    previous_secret_until: instant.nullable(),
  })
  .meta({ id: 'Webhook', description: 'L’abonnement d’une application aux événements.' });

export const newWebhookSchema = z
  .strictObject({ webhook: webhookSchema, secret: z.string().nullable() })
  .meta({ id: 'NewWebhook', description: 'L’abonnement et son secret, dit cette seule fois.' });

export const attemptSchema = z
  .strictObject({
    event: z.string(),
    state: z.enum(['sent', 'failed']),
    attempts: z.int(),
    at: instant,
    code: z.string().nullable(),
  })
  .meta({ id: 'WebhookAttempt', description: 'Le dernier essai d’un envoi.' });

export const WEBHOOK_COMPONENTS: readonly z.ZodType[] = [webhookSchema, newWebhookSchema, attemptSchema];
