import { LEVEL_KEYS, RCP_REGISTRATIONS, type Directory, type Network } from '#directory/index.ts';
import { isAppError, normaliseAcr } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { emailField, idField, lineField } from '../people/fields.ts';

/** A level of the ladder, under any of its names. */
const levelField = z.string().transform((text, context) => {
  const acr = normaliseAcr(text);
  if (acr !== undefined) return acr as string;
  context.addIssue({ code: 'custom', message: 'Choisissez un niveau de la liste.' });
  return z.NEVER;
});

const nameField = lineField(200);
const regimeField = z.enum(['consentement', 'information_opposition'], 'Choisissez un régime de la liste.');

/** Empty: nobody; without the field, what was stays. */
const contactField = z.union([z.literal(''), emailField]).optional();
const registrationField = z
  .enum(['', ...RCP_REGISTRATIONS], 'Choisissez une réponse de la liste.')
  .optional();

const createInput = z.strictObject({
  id: idField.refine(id => id !== 'new', 'Choisissez un autre identifiant.'),
  name: nameField,
  regime: regimeField,
  minimum_acr: z.partialRecord(z.enum(LEVEL_KEYS), levelField).default({}),
  security_contact: contactField,
  rcp_registration: registrationField,
});

const updateInput = z.strictObject({
  id: idField,
  name: nameField.optional(),
  regime: regimeField.optional(),
  /** Those that are named change; an empty one goes back to the level of the service. */
  minimum_acr: z.partialRecord(z.enum(LEVEL_KEYS), z.union([z.literal(''), levelField])).optional(),
  security_contact: contactField,
  rcp_registration: registrationField,
});

export interface NetworkActs {
  readonly create: Act<z.output<typeof createInput>, { readonly id: string }>;
  readonly update: Act<z.output<typeof updateInput>, void>;
}

export function createNetworkActs({
  directory: { networks },
}: {
  readonly directory: Directory;
}): NetworkActs {
  return {
    create: {
      name: 'network.create',
      type: 'network',
      action: 'create',
      title: 'Ajouter un réseau',
      event: defineActEvent('admin.network.created', 'Réseau ajouté'),
      schema: createInput,
      about: () => ({ id: '*' }),
      async plan({ id, name, regime, ...given }) {
        const network = withGiven({ id, name, regime, minimumAcr: {} }, given);
        if (await networks.get(id)) throw taken();
        return {
          target: id,
          changes: changesBetween({}, shownOf(network)),
          async apply() {
            try {
              await networks.insert(network);
            } catch (error) {
              throw isAppError(error) && error.code === 'store.conflict' ? taken() : error;
            }
            return { id };
          },
        };
      },
    },

    update: {
      name: 'network.update',
      type: 'network',
      action: 'update',
      title: 'Modifier le réseau',
      event: defineActEvent('admin.network.changed', 'Réseau modifié'),
      schema: updateInput,
      about: ({ id }) => ({ id }),
      async plan({ id, ...given }) {
        const before = await networks.get(id);
        if (!before) throw notFound();
        const change = (network: Network) => withGiven(network, given);
        return {
          target: id,
          changes: changesBetween(shownOf(before), shownOf(change(before))),
          apply: async () => void (await networks.update(id, change)),
        };
      },
    },
  };
}

/** What was not given stays. */
function withGiven(network: Network, given: Omit<z.output<typeof updateInput>, 'id'>): Network {
  const { securityContact: contactBefore, rcpRegistration: registrationBefore, ...rest } = network;
  const levels = Object.entries({ ...network.minimumAcr, ...given.minimum_acr });
  const securityContact = given.security_contact ?? contactBefore ?? '';
  const rcpRegistration = given.rcp_registration ?? registrationBefore ?? '';
  return {
    ...rest,
    name: given.name ?? network.name,
    regime: given.regime ?? network.regime,
    minimumAcr: Object.fromEntries(levels.filter(([, acr]) => acr !== '')),
    ...(securityContact !== '' && { securityContact }),
    ...(rcpRegistration !== '' && { rcpRegistration }),
  };
}

function shownOf(network: Network): Readonly<Record<string, unknown>> {
  const { name, regime, minimumAcr, securityContact, rcpRegistration } = network;
  const levels = Object.entries(minimumAcr).map(([key, acr]) => [`minimum_acr.${key}`, acr]);
  return {
    name,
    regime,
    security_contact: securityContact,
    rcp_registration: rcpRegistration,
    ...Object.fromEntries(levels),
  };
}

function taken() {
  return conflict('admin.network_exists', {
    publicMessage: 'Un réseau porte déjà cet identifiant.',
    hint: 'Choisissez-en un autre : il le nomme pour toujours.',
  });
}
