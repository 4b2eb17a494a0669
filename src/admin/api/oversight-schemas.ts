import { z } from 'zod';

/* What the API answers to who oversees: the trail, reviews and appointments. SECURITY: allow-lists. */

const instant = z.iso.datetime({ offset: true });

export const trailLineSchema = z
  .strictObject({
    place: z
      .string()
      .meta({ description: 'Où la ligne se trouve dans le journal. / Where it stands in the log.' }),
    at: instant,
    type: z.string(),
    sentence: z.string(),
    outcome: z.enum(['success', 'refused', 'failure']),
    actor: z.string().nullable(),
    account: z.string().nullable(),
    on_behalf_of: z.string().nullable(),
    client: z.string().nullable(),
    record: z.string().nullable(),
    purpose: z.string().nullable(),
    acr: z.string().nullable(),
    source: z.string().nullable(),
    reason: z.string().nullable(),
    changes: z.record(z.string(), z.strictObject({ before: z.unknown(), after: z.unknown() })),
  })
  .meta({
    id: 'TrailLine',
    description: 'Une trace. Qui n’est pas de la branche n’est pas nommé (`null`).',
  });

export const trailPageSchema = z
  .strictObject({
    items: z.array(trailLineSchema),
    next: z.string().optional(),
    unfinished: z.boolean(),
    read_back_to: instant.nullable(),
  })
  .meta({
    id: 'TrailPage',
    description:
      'Les traces, la plus récente d’abord. `unfinished` : la recherche s’est arrêtée avant d’avoir tout lu ; `next` la continue.',
  });

export const emergencySchema = z
  .strictObject({
    use: z.string(),
    account: z.string(),
    name: z.string(),
    organisations: z.array(z.string()),
    network: z.string(),
    application: z.string(),
    purpose: z.enum(['bris_de_glace', 'centre_15']),
    acr: z.string().nullable(),
    from: instant,
    until: instant,
    requests: z.int(),
    state: z.enum(['awaiting', 'justified', 'unjustified', 'exempt']),
  })
  .meta({ id: 'Emergency', description: 'Un accès d’urgence : ni patient, ni motif.' });

export const emergencyInFullSchema = emergencySchema
  .extend({
    record: z.string(),
    reasons: z.array(z.string()),
    review: z
      .strictObject({
        verdict: z.enum(['justified', 'unjustified']),
        by: z.string(),
        at: instant,
        words: z.string(),
      })
      .nullable(),
  })
  .meta({ id: 'EmergencyInFull', description: 'Un accès d’urgence avec son motif et son examen.' });

export const emergencyStatisticsSchema = z
  .strictObject({
    network: z.string(),
    from: instant.nullable(),
    to: instant.nullable(),
    items: z.array(
      z.strictObject({
        kind: z.enum(['person', 'organisation']),
        id: z.string(),
        name: z.string(),
        break_glass: z.int(),
        centre_15: z.int(),
        records: z.int(),
        justified: z.int(),
        unjustified: z.int(),
        awaiting: z.int(),
      }),
    ),
  })
  .meta({ id: 'EmergencyStatistics', description: 'Combien d’accès d’urgence, et ce qu’on en a pensé.' });

export const reviewSchema = z
  .strictObject({
    review: z.string(),
    name: z.string(),
    network: z.string(),
    organisation: z.string(),
    from: instant,
    to: instant,
    closed_at: instant.nullable(),
    state: z.enum(['coming', 'open', 'ending', 'closed']),
    total: z.int(),
    answered: z.int(),
    mine: z.int(),
    suspended: z.int(),
  })
  .meta({ id: 'Review', description: 'Une revue d’habilitations ; ses nombres sont ceux de votre branche.' });

export const reviewLineSchema = z
  .strictObject({
    line: z.string(),
    sub: z.string(),
    name: z.string(),
    organisation: z.string(),
    profile: z.string(),
    from: instant.nullable(),
    to: instant.nullable(),
    state: z.enum(['pending', 'keep', 'remove', 'shorten', 'suspended', 'left', 'over', 'restored']),
    answered_by: z.string().nullable(),
    answered_at: instant.nullable(),
    reason: z.string().nullable(),
    until: instant.nullable(),
    awaits_second_person: z.boolean(),
    is_mine: z.boolean(),
  })
  .meta({ id: 'ReviewLine', description: 'Un profil à revoir, tel qu’au lancement, et ce qu’il devient.' });

export const reviewReportSchema = z
  .strictObject({ review: reviewSchema, lines: z.array(reviewLineSchema) })
  .meta({ id: 'ReviewReport', description: 'Une revue et toutes ses lignes.' });

export const OVERSIGHT_COMPONENTS: readonly z.ZodType[] = [
  emergencySchema,
  emergencyInFullSchema,
  emergencyStatisticsSchema,
  trailLineSchema,
  trailPageSchema,
  reviewSchema,
  reviewLineSchema,
  reviewReportSchema,
];
