import { z } from 'zod';

/* What the API answers about requests for an account. SECURITY: an allow-list; no note, message, document or link. */

const instant = z.iso.datetime({ offset: true }).nullable();
const text = z.string().nullable();

export const requestSchema = z
  .strictObject({
    id: z.string(),
    turn: z.int().meta({
      description:
        'Le tour de la demande : un acte le rappelle, et il est refusé si elle a changé depuis. / Named by every act.',
    }),
    state: z.enum(['received', 'asked', 'second_needed', 'accepted', 'opened', 'refused', 'withdrawn']),
    sent_at: instant,
    decided_at: instant,
    handler: text.meta({ description: 'L’établissement qui la traite ; `null` : la région.' }),
    civility: text,
    given_name: text,
    family_name: text,
    profession: text,
    national_ids: z.array(z.string()),
    organisation: text,
    workplace: z.enum(['organisation', 'other', 'liberal']).nullable(),
    email: text,
    phone: text,
    networks: z.array(z.string()),
    proven_by: text.meta({ description: 'Le moyen qui a prouvé l’identité, s’il y en a un.' }),
    documents: z.array(z.string()),
    duplicates: z.array(z.strictObject({ by: z.enum(['national_id', 'email', 'name']), account: text })),
    account: text,
  })
  .meta({ id: 'AccountRequest', description: 'Une demande de compte.' });
