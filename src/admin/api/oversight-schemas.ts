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

export const OVERSIGHT_COMPONENTS: readonly z.ZodType[] = [trailLineSchema, trailPageSchema];
