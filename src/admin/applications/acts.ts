import type { AdministrationAct } from '#access/index.ts';
import { pathOfLogo, type Application, type Directory } from '#directory/index.ts';
import { hashToken, isAppError, randomId, type Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { pictureField, readPicture, type Logos } from '../logos/index.ts';
import { createInput, updateInput, whichClientField } from './fields.ts';
import { checkSettings, hasSecretMeans, newApplication, shownOf, withSettings } from './settings.ts';

const whichInput = z.strictObject({ client_id: whichClientField });
const logoInput = z.strictObject({ client_id: whichClientField, picture: pictureField });

export interface ApplicationActs {
  /** The secret is told this once, and stored as a hash; `null` for another means. */
  readonly create: Act<
    z.output<typeof createInput>,
    { readonly client_id: string; readonly client_secret: string | null }
  >;
  readonly update: Act<z.output<typeof updateInput>, void>;
  /** Of its tile in the kiosk. */
  readonly setLogo: Act<z.output<typeof logoInput>, void>;
  readonly removeLogo: Act<z.output<typeof whichInput>, void>;
}

/** What the acts need to know of the base and of what applications may ask for. */
export interface ApplicationDeps {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logos: Logos;
  readonly issuer: string;
  readonly base: { readonly isDemo: boolean; readonly isTraining: boolean };
  readonly knownScopes: ReadonlySet<string>;
}

/** 256 bits. */
const SECRET_BYTES = 32;
export const newSecret = (): string => randomId(SECRET_BYTES);

/** Where an application is, for the policy. Throws `admin.not_found` (404). */
export function createPlaceOf({ applications }: Directory) {
  return async ({ client_id: id }: { readonly client_id: string }) => {
    const application = await applications.get(id);
    if (!application) throw notFound();
    return { network: application.network, organisation: application.branch };
  };
}

export function createApplicationActs(deps: ApplicationDeps): ApplicationActs {
  const { directory, clock, logos, issuer, base, knownScopes } = deps;
  const { applications } = directory;
  const placeOf = createPlaceOf(directory);
  const check = (application: Application, before: Application | null) =>
    checkSettings(application, { directory, knownScopes, allowsClear: base.isDemo, before });

  async function known(id: string): Promise<Application> {
    const application = await applications.get(id);
    if (!application) throw notFound();
    return application;
  }

  return {
    create: {
      name: 'application.create',
      type: 'application_settings',
      action: 'create',
      title: 'Ajouter une application',
      event: defineActEvent('admin.application.created', 'Application ajoutée'),
      schema: createInput,
      about: ({ network, branch }) => ({
        id: '*',
        network: network || undefined,
        organisation: branch || undefined,
      }),
      async plan({ client_id: id, ...settings }) {
        const described = withSettings(newApplication(id, base.isTraining), settings);
        await check(described, null);
        if (await applications.get(id)) throw taken();
        return {
          target: id,
          changes: changesBetween({}, shownOf(described)),
          async apply() {
            const secret = hasSecretMeans(described) ? newSecret() : null;
            const application = {
              ...described,
              ...(secret !== null && {
                clientSecretHash: hashToken(secret),
                secretChangedAtMs: clock.nowMs(),
              }),
            };
            try {
              await applications.insert(application);
            } catch (error) {
              throw isAppError(error) && error.code === 'store.conflict' ? taken() : error;
            }
            return { client_id: id, client_secret: secret };
          },
        };
      },
    },

    update: {
      name: 'application.update',
      type: 'application_settings',
      action: 'update',
      title: 'Modifier l’application',
      event: defineActEvent('admin.application.changed', 'Application modifiée'),
      schema: updateInput,
      about: ({ client_id: id }) => ({ id }),
      resolve: placeOf,
      // SECURITY: the network and the branch that it comes to are judged too.
      alsoAbout: ({ client_id: id, network, branch }) => movesOf(id, network, branch),
      async plan({ client_id: id, ...settings }) {
        const before = await known(id);
        const change = (application: Application) => withSettings(application, settings);
        const after = change(before);
        await check(after, before);
        return {
          target: id,
          changes: changesBetween(shownOf(before), shownOf(after)),
          apply: async () => void (await applications.update(id, change)),
        };
      },
    },

    setLogo: {
      name: 'application.set_logo',
      type: 'application_settings',
      action: 'update',
      title: 'Changer le logo de l’application',
      event: defineActEvent('admin.application.logo_changed', 'Logo d’une application changé'),
      schema: logoInput,
      about: ({ client_id: id }) => ({ id }),
      resolve: placeOf,
      async plan({ client_id: id, picture }) {
        const before = await known(id);
        if (!before.kiosk)
          throw conflict('admin.no_tile', {
            publicMessage: 'Cette application n’a pas de tuile dans le kiosque.',
            hint: 'Donnez-lui d’abord une adresse d’accueil.',
          });
        const logo = await readPicture(logos, picture);
        const address = `${issuer}${pathOfLogo(logo.id)}`;
        return {
          target: id,
          changes: changesBetween({ 'kiosk.logo': before.kiosk.logo }, { 'kiosk.logo': address }),
          async apply() {
            // ORDER: the picture first: a tile never names one that is not served.
            await logos.keep(logo);
            await applications.update(id, application =>
              application.kiosk
                ? { ...application, kiosk: { ...application.kiosk, logo: address } }
                : application,
            );
          },
        };
      },
    },

    removeLogo: {
      name: 'application.remove_logo',
      type: 'application_settings',
      action: 'update',
      title: 'Retirer le logo de l’application',
      event: defineActEvent('admin.application.logo_removed', 'Logo d’une application retiré'),
      schema: whichInput,
      about: ({ client_id: id }) => ({ id }),
      resolve: placeOf,
      async plan({ client_id: id }) {
        const before = await known(id);
        return {
          target: id,
          changes: changesBetween({ 'kiosk.logo': before.kiosk?.logo }, {}),
          apply: async () => void (await applications.update(id, withoutLogo)),
        };
      },
    },
  };
}

function withoutLogo(application: Application): Application {
  if (!application.kiosk) return application;
  const { logo: _logo, ...kiosk } = application.kiosk;
  return { ...application, kiosk };
}

function movesOf(
  id: string,
  network: string | undefined,
  branch: string | undefined,
): readonly AdministrationAct[] {
  if (network === undefined && branch === undefined) return [];
  return [
    {
      type: 'application_settings',
      action: 'update',
      id,
      network: network || undefined,
      organisation: branch || undefined,
    },
  ];
}

function taken() {
  return conflict('admin.application_exists', {
    publicMessage: 'Une application porte déjà cet identifiant.',
    hint: 'Choisissez-en un autre : il la nomme pour toujours.',
  });
}
