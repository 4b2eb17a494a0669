import { ROOT_ORGANISATION, treeOf, type AdministrationAct } from '#access/index.ts';
import type { Directory, Organisation } from '#directory/index.ts';
import { fold, isAppError } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { pictureField, readPicture, type Logos } from '../logos/index.ts';
import { idField } from '../people/fields.ts';
import { finessField, networksField, organisationNameField } from './fields.ts';

const createInput = z.strictObject({
  /** Names it for ever, in tokens and in the trail; made from the name when it is not given. */
  id: idField.refine(id => id !== 'new', 'Choisissez un autre identifiant.').optional(),
  name: organisationNameField,
  finess: finessField.optional(),
  parent: idField.optional(),
  networks: networksField.default([]),
});

const updateInput = z.strictObject({
  id: idField,
  name: organisationNameField.optional(),
  // An empty text takes the value away.
  finess: z.union([z.literal(''), finessField]).optional(),
  parent: z.union([z.literal(''), idField]).optional(),
  networks: networksField.optional(),
});

const logoInput = z.strictObject({ id: idField, picture: pictureField });
const whichInput = z.strictObject({ id: idField });

export interface OrganisationActs {
  readonly create: Act<z.output<typeof createInput>, { readonly id: string }>;
  /** Its place in the tree and its networks are the region's to change: they decide who administers it. */
  readonly update: Act<z.output<typeof updateInput>, void>;
  readonly setLogo: Act<z.output<typeof logoInput>, void>;
  readonly removeLogo: Act<z.output<typeof whichInput>, void>;
}

/** Judges a place in the tree, as whoever creates an organisation there. */
const placeAct = (parent: string): AdministrationAct => ({
  type: 'organisation',
  action: 'create',
  id: '*',
  organisation: parent === '' ? ROOT_ORGANISATION : parent,
});

export function createOrganisationActs({
  directory,
  logos,
}: {
  readonly directory: Directory;
  readonly logos: Logos;
}): OrganisationActs {
  const { organisations, networks } = directory;

  async function known(id: string): Promise<Organisation> {
    const organisation = await organisations.get(id);
    if (!organisation) throw notFound();
    return organisation;
  }

  async function checkPlace({
    id,
    parent = '',
    networks: joined = [],
  }: {
    readonly id: string;
    readonly parent?: string | undefined;
    readonly networks?: readonly string[] | undefined;
  }): Promise<void> {
    for (const network of joined)
      if (!(await networks.get(network)))
        throw invalidFields({ networks: 'L’un de ces réseaux n’existe pas.' });
    if (parent === '' || parent === ROOT_ORGANISATION) return;
    if (!(await organisations.get(parent)))
      throw invalidFields({ parent: 'Cet établissement n’existe pas.' });
    // Two moves at the same instant could still close a circle: the tree then ends where it closes (`treeOf`).
    if (treeOf(await organisations.all()).isWithin(parent, id))
      throw invalidFields({
        parent: 'Un établissement ne dépend pas de lui-même, ni de ce qui dépend de lui.',
      });
  }

  return {
    create: {
      name: 'organisation.create',
      type: 'organisation',
      action: 'create',
      title: 'Ajouter un établissement',
      event: defineActEvent('admin.organisation.created', 'Établissement ajouté'),
      schema: createInput,
      about: ({ parent }) => ({ id: '*', organisation: parent }),
      async plan({ id: asked, name, finess, parent, networks: joined }) {
        const id = asked ?? idFrom(name);
        const organisation: Organisation = {
          id,
          name,
          ...(finess !== undefined && { finess }),
          ...(parent !== undefined && { parent }),
          networks: joined,
        };
        await checkPlace(organisation);
        if (await organisations.get(id)) throw taken();
        return {
          target: id,
          changes: changesBetween({}, shownOf(organisation)),
          async apply() {
            try {
              await organisations.insert(organisation);
            } catch (error) {
              throw isAppError(error) && error.code === 'store.conflict' ? taken() : error;
            }
            return { id };
          },
        };
      },
    },

    update: {
      name: 'organisation.update',
      type: 'organisation',
      action: 'update',
      title: 'Modifier l’établissement',
      event: defineActEvent('admin.organisation.changed', 'Établissement modifié'),
      schema: updateInput,
      about: ({ id }) => ({ id }),
      // SECURITY: the tree says who administers whom: it changes by the hand of whoever could create it so.
      alsoAbout: ({ id, parent, networks: joined }) => [
        ...(parent === undefined ? [] : [placeAct(parent)]),
        ...(joined === undefined ? [] : [placeAct(id)]),
      ],
      async plan({ id, ...given }) {
        const before = await known(id);
        const change = (organisation: Organisation) => withGiven(organisation, given);
        const after = change(before);
        await checkPlace({ id, parent: given.parent, networks: given.networks });
        return {
          target: id,
          changes: changesBetween(shownOf(before), shownOf(after)),
          apply: async () => void (await organisations.update(id, change)),
        };
      },
    },

    setLogo: {
      name: 'organisation.set_logo',
      type: 'organisation',
      action: 'update',
      title: 'Changer le logo',
      event: defineActEvent('admin.organisation.logo_changed', 'Logo d’un établissement changé'),
      schema: logoInput,
      about: ({ id }) => ({ id }),
      async plan({ id, picture }) {
        const before = await known(id);
        const logo = await readPicture(logos, picture);
        return {
          target: id,
          changes: changesBetween({ logo: before.logo }, { logo: logo.id }),
          async apply() {
            // ORDER: the picture first: an organisation never names one that is not served.
            await logos.keep(logo);
            await organisations.update(id, organisation => ({ ...organisation, logo: logo.id }));
          },
        };
      },
    },

    removeLogo: {
      name: 'organisation.remove_logo',
      type: 'organisation',
      action: 'update',
      title: 'Retirer le logo',
      event: defineActEvent('admin.organisation.logo_removed', 'Logo d’un établissement retiré'),
      schema: whichInput,
      about: ({ id }) => ({ id }),
      async plan({ id }) {
        const before = await known(id);
        return {
          target: id,
          changes: changesBetween({ logo: before.logo }, {}),
          apply: async () =>
            void (await organisations.update(id, ({ logo: _logo, ...organisation }) => organisation)),
        };
      },
    },
  };
}

/** Fields that were not given stay; an empty text takes the value away. */
function withGiven(
  organisation: Organisation,
  given: Omit<z.output<typeof updateInput>, 'id'>,
): Organisation {
  const { finess: oldFiness, parent: oldParent, ...rest } = organisation;
  const finess = given.finess ?? oldFiness ?? '';
  const parent = given.parent ?? oldParent ?? '';
  return {
    ...rest,
    name: given.name ?? organisation.name,
    networks: given.networks ?? organisation.networks,
    ...(finess !== '' && { finess }),
    ...(parent !== '' && { parent }),
  };
}

function shownOf({ name, finess, parent, networks }: Organisation): Readonly<Record<string, unknown>> {
  return { name, finess, parent, networks: networks.join(' ') };
}

/** « Clinique du Parc » → `clinique-du-parc`. */
function idFrom(name: string): string {
  const id = fold(name)
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .slice(0, 60);
  if (id === '') throw invalidFields({ id: 'Choisissez un identifiant : lettres, chiffres et tirets.' });
  return id;
}

function taken() {
  return conflict('admin.organisation_exists', {
    publicMessage: 'Un établissement porte déjà cet identifiant.',
    hint: 'Choisissez-en un autre : il le nomme pour toujours.',
  });
}
