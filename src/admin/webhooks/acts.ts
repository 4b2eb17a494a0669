import { randomId, type Clock } from '#kernel/index.ts';
import type { Directory } from '#directory/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { idField, lineField } from '../people/fields.ts';
import type { WebhookDelivery } from './delivery.ts';
import { TEST_KIND, WEBHOOK_KINDS, type WebhookKind } from './kinds.ts';
import { isSignal } from './security-events.ts';
import type { Sender } from './sender.ts';
import { newWebhookSecret } from './signing.ts';
import { MOST_SUBSCRIPTIONS, type Subscription, type Subscriptions } from './subscriptions.ts';

/** The receiver changes its secret within this time. */
export const OVERLAP_MS = 24 * 3_600_000;

const createInput = z.strictObject({
  url: z.string().trim().min(1, 'Ce champ est nécessaire.').max(2_000, 'Cette adresse est trop longue.'),
  events: z
    .array(
      z.enum(
        Object.keys(WEBHOOK_KINDS) as [WebhookKind, ...WebhookKind[]],
        'Choisissez des événements de la liste.',
      ),
    )
    .min(1, 'Choisissez au moins un événement.')
    .max(50, 'Choisissez des événements de la liste.'),
  network: idField.optional(),
  organisation: idField.optional(),
  format: z.enum(['webhook', 'set'], 'Choisissez « webhook » ou « set ».').default('webhook').meta({
    description:
      '`webhook` : Standard Webhooks ; `set` : Security Event Token (Shared Signals). / `webhook`: Standard Webhooks; `set`: Security Event Token.',
  }),
  audience: lineField(255).optional().meta({
    description:
      'Destinataire des jetons `set` ; sinon l’origine de l’adresse. / `aud` of `set` tokens; by default the origin of the address.',
  }),
});
const one = z.strictObject({ webhook: idField });
type One = z.output<typeof one>;

export interface WebhookActs {
  /** The secret is told this once; `null` for tokens, which the keys of the service sign. */
  readonly create: Act<
    z.output<typeof createInput>,
    { readonly webhook: string; readonly secret: string | null }
  >;
  /** The new secret is told this once; the former one signs beside it for a day. */
  readonly rotate: Act<One, { readonly secret: string }>;
  readonly pause: Act<One, void>;
  readonly resume: Act<One, void>;
  /** Sends an event that says nothing. */
  readonly test: Act<One, void>;
  readonly remove: Act<One, void>;
}

export function createWebhookActs(deps: {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly subscriptions: Subscriptions;
  readonly sender: Sender;
  readonly delivery: WebhookDelivery;
}): WebhookActs {
  const { clock, directory, subscriptions, sender, delivery } = deps;

  async function known(id: string): Promise<Subscription> {
    const subscription = await subscriptions.get(id);
    if (!subscription) throw notFound();
    return subscription;
  }

  async function checkPlace({ network, organisation }: z.output<typeof createInput>): Promise<void> {
    if (network !== undefined && !(await directory.networks.get(network)))
      throw invalidFields({ network: 'Ce réseau n’existe pas.' });
    if (organisation !== undefined && !(await directory.organisations.get(organisation)))
      throw invalidFields({ organisation: 'Cet établissement n’existe pas.' });
  }

  const base = { type: 'delivery', action: 'subscribe' } as const;
  const about = ({ webhook }: One) => ({ id: webhook });

  const switchAct = (verb: 'pause' | 'resume', title: string, event: Act['event']): Act<One, void> => ({
    ...base,
    name: `webhook.${verb}`,
    title,
    event,
    schema: one,
    about,
    async plan({ webhook: id }) {
      const { isPaused } = await known(id);
      const after = verb === 'pause';
      return {
        target: id,
        changes: isPaused === after ? {} : { paused: [isPaused, after] },
        async apply() {
          const sinceMs = clock.nowMs();
          await subscriptions.update(id, found =>
            after ? { ...found, isPaused: true } : { ...found, isPaused: false, sinceMs },
          );
        },
      };
    },
  });

  return {
    create: {
      ...base,
      name: 'webhook.create',
      title: 'Abonner une application aux événements',
      event: defineActEvent('admin.webhook.created', 'Abonnement aux événements ajouté'),
      schema: createInput,
      about: () => ({ id: '*' }),
      async plan(input, { actor }) {
        const { url, events, network, organisation, format, audience } = input;
        const problem = sender.problemOf(url);
        if (problem !== null) throw invalidFields({ url: problem });
        checkFormat(input);
        await checkPlace(input);
        if ((await subscriptions.all()).length >= MOST_SUBSCRIPTIONS) throw tooMany();
        const id = randomId();
        const { host, origin } = new URL(url);
        const kinds = [...new Set(events)];
        return {
          target: id,
          changes: {
            host: [null, host],
            events: [null, kinds.join(' ')],
            ...(format === 'set' && { format: [null, format] as const }),
            ...(network !== undefined && { network: [null, network] as const }),
            ...(organisation !== undefined && { organisation: [null, organisation] as const }),
          },
          async apply() {
            const secret = format === 'set' ? null : newWebhookSecret();
            await subscriptions.insert({
              id,
              url,
              host,
              kinds,
              ...(secret === null ? { format: 'set', audience: audience ?? origin } : { secret }),
              isPaused: false,
              sinceMs: clock.nowMs(),
              createdAtMs: clock.nowMs(),
              createdBy: actor,
              ...(network !== undefined && { network }),
              ...(organisation !== undefined && { organisation }),
            });
            return { webhook: id, secret };
          },
        };
      },
    },

    rotate: {
      ...base,
      name: 'webhook.rotate_secret',
      title: 'Remplacer le secret d’un abonnement',
      event: defineActEvent('admin.webhook_secret.rotated', 'Secret d’un abonnement remplacé'),
      schema: one,
      about,
      async plan({ webhook: id }) {
        const { secret: former } = await known(id);
        if (former === undefined) throw noSecret();
        return {
          target: id,
          changes: { secret: ['ancien', 'nouveau'] },
          async apply() {
            const secret = newWebhookSecret();
            const written = await subscriptions.update(id, found =>
              // SECURITY: of two at the same instant one replaces; the other tells nobody a secret that is void.
              found.secret === former
                ? { ...found, secret, previousSecret: former, previousUntilMs: clock.nowMs() + OVERLAP_MS }
                : found,
            );
            if (written?.secret !== secret) throw rotatedMeanwhile();
            return { secret };
          },
        };
      },
    },

    pause: switchAct(
      'pause',
      'Suspendre un abonnement',
      defineActEvent('admin.webhook.paused', 'Abonnement aux événements suspendu'),
    ),
    resume: switchAct(
      'resume',
      'Reprendre un abonnement',
      defineActEvent('admin.webhook.resumed', 'Abonnement aux événements repris'),
    ),

    test: {
      ...base,
      name: 'webhook.test',
      title: 'Essayer un abonnement',
      event: defineActEvent('admin.webhook.tried', 'Abonnement aux événements essayé'),
      schema: one,
      about,
      async plan({ webhook: id }) {
        const subscription = await known(id);
        return {
          target: id,
          changes: { test: [null, subscription.host] },
          apply: () =>
            delivery.enqueue(subscription, {
              id: `test.${randomId()}`,
              kind: TEST_KIND,
              at: new Date(clock.nowMs()).toISOString(),
              data: {},
            }),
        };
      },
    },

    remove: {
      ...base,
      name: 'webhook.remove',
      title: 'Supprimer un abonnement',
      event: defineActEvent('admin.webhook.removed', 'Abonnement aux événements supprimé'),
      schema: one,
      about,
      async plan({ webhook: id }) {
        const { host } = await known(id);
        return {
          target: id,
          changes: { host: [host, null] },
          apply: () => subscriptions.remove(id),
        };
      },
    },
  };
}

function checkFormat({ format, events, audience }: z.output<typeof createInput>): void {
  if (format !== 'set' && audience !== undefined)
    throw invalidFields({ audience: 'Seuls les jetons ont un destinataire.' });
  if (format === 'set' && !events.every(isSignal))
    throw invalidFields({
      events:
        'Un jeton dit les sessions fermées, les comptes suspendus ou fermés et les mots de passe changés.',
    });
}

function noSecret() {
  return conflict('admin.webhook_without_secret', {
    publicMessage: 'Cet abonnement n’a pas de secret : ses jetons sont signés par le service.',
  });
}

function tooMany() {
  return conflict('admin.too_many_webhooks', {
    publicMessage: `La région a déjà ${MOST_SUBSCRIPTIONS} abonnements.`,
    hint: 'Supprimez-en un qui ne sert plus.',
  });
}

function rotatedMeanwhile() {
  return conflict('admin.secret_rotated', {
    publicMessage: 'Le secret vient d’être remplacé.',
    hint: 'Si personne n’a noté le nouveau secret, remplacez-le encore.',
  });
}
