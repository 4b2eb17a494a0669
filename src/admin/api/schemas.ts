import { RCP_REGISTRATIONS } from '#directory/index.ts';
import { z } from 'zod';
import { IMPORT_COMPONENTS } from './import-schemas.ts';
import { OVERSIGHT_COMPONENTS } from './oversight-schemas.ts';
import { requestSchema } from './request-schemas.ts';
import { SERVICE_COMPONENTS } from './service-schemas.ts';
import { WEBHOOK_COMPONENTS } from './webhook-schemas.ts';

/*
 * What the API answers. SECURITY: each schema is an allow-list; a field of another branch is `null` or left out, never
 * a hint that it exists. Named schemas become the components of the documentation.
 */

const instant = z.iso.datetime({ offset: true });

export const STATUSES = ['active', 'suspended', 'closed'] as const;

export const membershipSchema = z
  .strictObject({
    membership: z.string(),
    network: z.string(),
    organisation: z.string().nullable(),
    profile: z.string(),
    profile_label: z.string(),
    from: instant.nullable(),
    to: instant.nullable(),
    in_force: z.boolean(),
    given_by: z.string().nullable(),
    given_at: instant.nullable(),
    proof: z.string().nullable(),
  })
  .meta({ id: 'Membership', description: 'Un profil, dans un réseau, pour un temps.' });

export const appointmentSchema = membershipSchema
  .extend({
    sub: z.string(),
    given_name: z.string(),
    family_name: z.string(),
    status: z.enum(STATUSES),
    form: z.boolean(),
  })
  .meta({ id: 'Appointment', description: 'Un profil qui administre, et la personne qui le tient.' });

export const personSchema = z
  .strictObject({
    sub: z.string(),
    status: z.enum(STATUSES),
    civility: z.string().nullable(),
    given_name: z.string(),
    family_name: z.string(),
    profession: z.string().nullable(),
    profession_label: z.string().nullable(),
    specialties: z.array(z.string()),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    national_ids: z.array(z.string()),
    login: z.string().nullable(),
    organisation: z.string().nullable(),
    memberships: z.array(membershipSchema),
  })
  .meta({ id: 'Person', description: 'Une personne, et ses profils dans votre branche.' });

export const personSummarySchema = personSchema
  .omit({ civility: true, specialties: true, phone: true, national_ids: true })
  .meta({ id: 'PersonSummary', description: 'Une personne, telle qu’une liste la montre.' });

export const sessionSchema = z
  .strictObject({
    acr: z.string().nullable(),
    started_at: instant,
    expires_at: instant,
    applications: z.array(z.string()),
  })
  .meta({ id: 'Session', description: 'Une session en cours.' });

export const organisationSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    finess: z.string().nullable(),
    parent: z.string().nullable(),
    networks: z.array(z.string()),
    referents: z.array(z.string()),
    logo: z.url().nullable(),
  })
  .meta({ id: 'Organisation', description: 'Un établissement, une coordination ou un service.' });

export const networkSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    regime: z.enum(['consentement', 'information_opposition']),
    minimum_acr: z.record(z.string(), z.string()),
    security_contact: z.string().nullable(),
    rcp_registration: z.enum(RCP_REGISTRATIONS).nullable(),
    validators: z.array(z.string()),
  })
  .meta({
    id: 'Network',
    description: 'Un réseau de la région ; `validators` : qui répond pour lui aux demandes de compte.',
  });

export const applicationSchema = z
  .strictObject({
    client_id: z.string(),
    name: z.string(),
    network: z.string().nullable(),
    branch: z.string().nullable(),
    grant_types: z.array(z.string()),
    redirect_uris: z.array(z.string()),
    post_logout_redirect_uris: z.array(z.string()),
    backchannel_logout_uri: z.string().nullable(),
    minimum_acr: z.string().nullable(),
    scopes: z.array(z.string()),
    token_endpoint_auth_method: z.string().nullable(),
    jwks_uri: z.string().nullable(),
    tls_client_auth_subject_dn: z.string().nullable(),
    require_pkce: z.boolean(),
    asserts_acr: z.boolean(),
    can_simulate: z.boolean(),
    kiosk: z
      .strictObject({ url: z.string(), description: z.string().nullable(), logo: z.string().nullable() })
      .nullable(),
    secret_ref: z.string(),
    previous_secret_until: instant.nullable(),
  })
  .meta({ id: 'Application', description: 'Une application ; jamais son secret.' });

export const newSecretSchema = z
  .strictObject({ application: applicationSchema, client_secret: z.string().nullable() })
  .meta({
    id: 'NewSecret',
    description:
      'Une application et son secret, dit cette seule fois (`null` quand la demande est renvoyée).',
  });

export const delegationSchema = z
  .strictObject({ delegate: z.string(), from: instant.nullable(), to: instant.nullable() })
  .meta({ id: 'Delegation', description: 'Une personne qui agit au nom d’une autre, pour un temps.' });

export const termsSchema = z
  .strictObject({ version: z.string(), title: z.string(), from: instant, text: z.string() })
  .meta({ id: 'Terms', description: 'Une version du règlement.' });

export const noticeSchema = z
  .strictObject({
    version: z.string(),
    title: z.string(),
    from: instant,
    published_at: instant,
    text: z.string(),
  })
  .meta({ id: 'Notice', description: 'Une version de la notice qu’un réseau remet à ses patients.' });

export const proposalSchema = z
  .strictObject({
    proposal: z.string(),
    act: z.string(),
    author: z.string(),
    seconded_by: z
      .string()
      .nullable()
      .describe('La première des deux personnes que demande ce que propose une application ; `null` avant.'),
    reason: z.string().nullable(),
    proposed_at: instant,
    expires_at: instant,
  })
  .meta({ id: 'Proposal', description: 'Un acte qui attend une seconde personne.' });

export const proposedSchema = z
  .strictObject({ proposal: z.string() })
  .meta({ id: 'Proposed', description: 'L’acte attend la confirmation d’une seconde personne.' });

export const previewSchema = z
  .strictObject({
    changes: z.record(z.string(), z.strictObject({ before: z.unknown(), after: z.unknown() })),
    needs_second_person: z.boolean(),
  })
  .meta({ id: 'Preview', description: 'Ce que l’acte ferait. Rien n’a été écrit.' });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    instance: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Un refus (RFC 9457), avec son code stable.' });

export const MOST_PER_PAGE = 200;

/** What the documentation names. */
export const COMPONENTS: readonly z.ZodType[] = [
  membershipSchema,
  personSchema,
  personSummarySchema,
  sessionSchema,
  organisationSchema,
  networkSchema,
  applicationSchema,
  newSecretSchema,
  delegationSchema,
  requestSchema,
  termsSchema,
  noticeSchema,
  proposalSchema,
  proposedSchema,
  previewSchema,
  problemSchema,
  ...SERVICE_COMPONENTS,
  ...OVERSIGHT_COMPONENTS,
  appointmentSchema,
  ...WEBHOOK_COMPONENTS,
  ...IMPORT_COMPONENTS,
];

/** Of every list. */
export const pagingFields = {
  limit: z.coerce
    .number('Écrivez un nombre entier.')
    .int('Écrivez un nombre entier.')
    .min(1, 'Demandez au moins un élément.')
    .max(MOST_PER_PAGE, `Demandez ${MOST_PER_PAGE} éléments au plus.`)
    .default(50),
  after: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,1000}$/u, 'Cette page n’existe pas.')
    .optional(),
};

export function pageSchema<T extends z.ZodType>(items: T) {
  return z.strictObject({
    items: z.array(items),
    total: z.int().optional(),
    next: z.string().optional(),
  });
}
