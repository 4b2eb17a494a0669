import { z } from 'zod';

/* What the API answers about the service itself: means, mails, rules, boards and deliveries. SECURITY: allow-lists. */

const instant = z.iso.datetime({ offset: true });

export const meansSchema = z
  .strictObject({
    means: z.string(),
    title: z.string(),
    factor: z.enum(['knowledge', 'possession', 'inherence']),
    resists_phishing: z.boolean(),
    in_force: z.boolean(),
    level_alone: z.string().nullable(),
    level_as_second: z.string().nullable(),
    declarable_levels: z.array(z.string()),
    homologation: z.string().nullable(),
    periods: z.array(
      z.strictObject({
        from: instant.nullable(),
        to: instant.nullable(),
        application: z.string().nullable(),
        network: z.string().nullable(),
        level_alone: z.string().nullable(),
      }),
    ),
    revision: z.int(),
  })
  .meta({ id: 'Means', description: 'Un moyen de connexion, et les périodes où il compte.' });

export const mailTemplateSchema = z
  .strictObject({
    template: z.string(),
    subject: z.string(),
    text: z.string(),
    placeholders: z.array(z.string()),
    is_own: z.boolean(),
    revision: z.int(),
  })
  .meta({
    id: 'MailTemplate',
    description: 'Les mots d’un courriel ; `is_own` quand la région les a changés.',
  });

export const mailPreviewSchema = z
  .strictObject({ subject: z.string(), text: z.string(), html: z.string() })
  .meta({ id: 'MailPreview', description: 'Un courriel tel qu’il partirait, avec des valeurs inventées.' });

export const smsTemplateSchema = z
  .strictObject({
    template: z.string(),
    text: z.string(),
    placeholders: z.array(z.string()),
    segments: z.int(),
    is_own: z.boolean(),
    revision: z.int(),
  })
  .meta({
    id: 'SmsTemplate',
    description:
      'Les mots d’un SMS ; `segments` : combien de fois il est compté ; `is_own` quand la région les a changés.',
  });

export const smsPreviewSchema = z
  .strictObject({
    text: z.string(),
    alphabet: z.enum(['gsm7', 'ucs2']),
    units: z.int(),
    segments: z.int(),
  })
  .meta({
    id: 'SmsPreview',
    description:
      'Un SMS tel qu’il partirait, avec des valeurs inventées ; `units` : septets (`gsm7`) ou unités de 16 bits (`ucs2`).',
  });

export const policySchema = z
  .strictObject({ version: z.string(), files: z.record(z.string(), z.string()) })
  .meta({ id: 'Policy', description: 'Une version des règles d’accès : le texte de chaque fichier.' });

export const policyLoadSchema = z
  .strictObject({ version: z.string(), loaded_at: instant, by: z.string() })
  .meta({ id: 'PolicyLoad', description: 'Une mise en vigueur des règles ; `system` au démarrage.' });

export const policyTestSchema = z
  .strictObject({ passed: z.boolean(), report: z.string() })
  .meta({ id: 'PolicyTest', description: 'Ce que les cas du dossier des règles ont donné.' });

export const explanationSchema = z
  .strictObject({ explanation: z.string() })
  .meta({ id: 'Explanation', description: 'Ce qui serait décidé, et pourquoi.' });

export const rcpSessionSchema = z
  .strictObject({
    session: z.string(),
    network: z.string(),
    from: instant.nullable(),
    to: instant.nullable(),
    state: z.enum(['coming', 'open', 'over', 'removed']),
    patients: z.int(),
    participants: z.array(z.strictObject({ role: z.string(), sub: z.string().nullable() })),
    registrants: z.array(z.string().nullable()),
    changed_at: instant.nullable(),
  })
  .meta({ id: 'RcpSession', description: 'Une séance de RCP : ses patients sont comptés, jamais nommés.' });

export const deliverySchema = z
  .strictObject({
    delivery: z.string(),
    kind: z.string(),
    title: z.string(),
    destination: z.string().nullable(),
    state: z.enum(['due', 'dead', 'delivered']),
    attempts: z.int(),
    queued_at: instant,
    next_at: instant,
    reason: z.string().nullable(),
    can_retry: z.boolean(),
  })
  .meta({
    id: 'Delivery',
    description: 'Un envoi ; sa destination est masquée, son contenu n’est pas montré.',
  });

export const deliveryHealthSchema = z
  .strictObject({
    kinds: z.array(
      z.strictObject({
        kind: z.string(),
        title: z.string(),
        waiting: z.int(),
        retried: z.int(),
        dead: z.int(),
        delivered: z.int(),
      }),
    ),
    is_whole: z.boolean(),
  })
  .meta({
    id: 'DeliveryHealth',
    description: 'Les envois par nature ; `is_whole` est faux quand il y en a plus que compté.',
  });

export const SERVICE_COMPONENTS: readonly z.ZodType[] = [
  meansSchema,
  mailTemplateSchema,
  mailPreviewSchema,
  smsTemplateSchema,
  smsPreviewSchema,
  policySchema,
  policyLoadSchema,
  policyTestSchema,
  explanationSchema,
  rcpSessionSchema,
  deliverySchema,
  deliveryHealthSchema,
];
