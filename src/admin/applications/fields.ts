import {
  CLIENT_AUTH_METHODS,
  GRANT_TYPES,
  hasSafeScheme,
  isAbsoluteAddress,
  isClientId,
  isOwnClientId,
  isWebAddress,
} from '#directory/index.ts';
import { normaliseAcr } from '#kernel/index.ts';
import { z } from 'zod';
import { idField, lineField } from '../people/fields.ts';

/*
 * An application as it is typed, by the names of the region file. What goes together is judged on the whole
 * (`settings.ts`).
 */

export const clientIdField = z
  .string()
  .trim()
  .refine(isClientId, 'Écrivez de 1 à 128 lettres sans accent, chiffres, points, tirets ou deux-points.')
  .refine(id => !isOwnClientId(id) && id !== 'new', 'Cet identifiant est réservé : choisissez-en un autre.');

/** Names an application that exists: what is wrong is answered as an unknown one. */
export const whichClientField = z.string().max(128, 'Cet élément n’existe pas.');

const longAddress = z.string().trim().max(2_000, 'Cette adresse est trop longue.');

const webAddressField = longAddress.refine(
  isWebAddress,
  'Écrivez une adresse complète, qui commence par https://.',
);

const redirectField = longAddress
  .refine(isAbsoluteAddress, 'Écrivez une adresse complète, sans « # » : https://application.example/retour.')
  .refine(
    hasSafeScheme,
    'Cette sorte d’adresse n’est pas acceptée : elle exécuterait ou lirait quelque chose ici.',
  );

const levelField = z.string().transform((text, context) => {
  const acr = normaliseAcr(text);
  if (acr !== undefined) return acr as string;
  context.addIssue({ code: 'custom', message: 'Choisissez un niveau de la liste.' });
  return z.NEVER;
});

const addresses = z.array(redirectField).max(50, '50 adresses au plus.');
/** An empty text takes the value away. */
const orEmpty = <T extends z.ZodType>(field: T) => z.union([z.literal(''), field]);

/** What may be said of an application; each field may be left out. */
export const settingsFields = {
  name: lineField(200),
  network: orEmpty(idField).optional(),
  branch: orEmpty(idField).optional(),
  redirect_uris: addresses.optional(),
  post_logout_redirect_uris: addresses.optional(),
  backchannel_logout_uri: orEmpty(webAddressField).optional(),
  grant_types: z
    .array(z.enum(GRANT_TYPES, 'Choisissez parmi ceux qui sont proposés.'))
    .min(1, 'Choisissez au moins un usage.')
    .max(GRANT_TYPES.length, 'Chaque usage se choisit une fois.')
    .optional(),
  scopes: z
    .array(z.string().max(100, 'Choisissez parmi celles qui sont proposées.'))
    .max(50, '50 au plus.')
    .optional(),
  minimum_acr: orEmpty(levelField).optional(),
  token_endpoint_auth_method: z.enum(CLIENT_AUTH_METHODS, 'Choisissez un moyen de la liste.').optional(),
  jwks_uri: orEmpty(webAddressField).optional(),
  tls_client_auth_subject_dn: orEmpty(lineField(500)).optional(),
  require_pkce: z.boolean().optional(),
  asserts_acr: z.boolean().optional(),
  can_simulate: z.boolean().optional(),
  kiosk: z
    .strictObject({
      // Without an address, there is no tile.
      url: orEmpty(webAddressField),
      description: orEmpty(lineField(300)).optional(),
      logo: orEmpty(webAddressField).optional(),
    })
    .optional(),
};

export const createInput = z.strictObject({ client_id: clientIdField, ...settingsFields });
export const updateInput = z.strictObject({
  client_id: whichClientField,
  ...settingsFields,
  name: settingsFields.name.optional(),
});

export type Settings = Omit<z.output<typeof updateInput>, 'client_id'>;
