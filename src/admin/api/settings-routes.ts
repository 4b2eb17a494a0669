import type { Directory } from '#directory/index.ts';
import type { Administration } from '#access/index.ts';
import type { Act } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { PICTURE_BODY } from '../logos/index.ts';
import type { NetworkActs } from '../networks/acts.ts';
import type { ValidatorActs } from '../networks/validator-acts.ts';
import type { OrganisationsActs } from '../organisations/index.ts';
import type { createActRoutes } from './act-route.ts';
import type { ApiRoute, Caller } from './route.ts';
import { networkSchema, organisationSchema } from './schemas.ts';
import type { Views } from './views.ts';

const organisationKind = {
  schema: organisationSchema,
  words: { fr: 'L’établissement', en: 'The organisation' },
};
const networkKind = { schema: networkSchema, words: { fr: 'Le réseau', en: 'The network' } };

const ORGANISATIONS = 'Établissements';
const NETWORKS = 'Réseaux';

/** What an act is called in the API. */
interface Named<I> {
  readonly name: string;
  readonly summary: { readonly fr: string; readonly en: string };
  readonly act: Act<I, void>;
}

/** Organisations and networks, changed. */
export function settingsRoutes(deps: {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly views: Views;
  readonly organisations: OrganisationsActs;
  readonly networks: NetworkActs;
  readonly validators: ValidatorActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, directory, views, organisations, networks, validators, actRoute } = deps;
  const { organisation, referent } = organisations;

  async function organisationAs({ administrator }: Caller, id: string): Promise<object> {
    const [authority, found] = await Promise.all([
      administration.authorityOf(administrator),
      directory.organisations.get(id),
    ]);
    if (!found || !authority.may('organisation', 'read', { organisation: id })) throw notFound();
    return views.organisation(found, authority);
  }

  async function networkAs({ administrator }: Caller, id: string): Promise<object> {
    const [authority, found] = await Promise.all([
      administration.authorityOf(administrator),
      directory.networks.get(id),
    ]);
    if (!found || !authority.mayInNetwork('network', 'read', id)) throw notFound();
    return views.network(found, authority);
  }

  /** Those who are named somewhere, one at a time: added by their `sub`, and removed. */
  const namedRoutes = <A, R>(of: {
    readonly path: string;
    readonly tag: string;
    readonly kind: typeof organisationKind | typeof networkKind;
    readonly read: (caller: Caller, id: string) => Promise<object>;
    readonly add: Named<A>;
    readonly remove: Named<R>;
  }): readonly ApiRoute[] => {
    const shared = {
      tag: of.tag,
      answers: { 200: of.kind },
      then: async (caller: Caller, _outcome: unknown, { id = '' }) => ({
        status: 200,
        body: await of.read(caller, id),
      }),
    };
    return [
      actRoute({ ...shared, ...of.add, method: 'POST', path: of.path }),
      actRoute({
        ...shared,
        ...of.remove,
        method: 'DELETE',
        path: `${of.path}/{sub}`,
        current: (caller, { id = '' }) => of.read(caller, id),
      }),
    ];
  };

  const logoRoute = <I>(name: string, method: 'PUT' | 'DELETE', act: Act<I, void>) =>
    actRoute({
      name,
      method,
      path: '/organisations/{id}/logo',
      tag: ORGANISATIONS,
      summary:
        method === 'PUT'
          ? { fr: 'Donner un logo', en: 'Set the logo' }
          : { fr: 'Retirer le logo', en: 'Remove the logo' },
      act,
      ...(method === 'PUT' && { file: { ...PICTURE_BODY, field: 'picture' } }),
      answers: { 200: organisationKind },
      ...(method === 'DELETE' && { current: (caller, { id = '' }) => organisationAs(caller, id) }),
      then: async (caller, _outcome, { id = '' }) => ({
        status: 200,
        body: await organisationAs(caller, id),
      }),
    });

  return [
    actRoute({
      name: 'createOrganisation',
      method: 'POST',
      path: '/organisations',
      tag: ORGANISATIONS,
      summary: { fr: 'Ajouter un établissement', en: 'Add an organisation' },
      act: organisation.create,
      answers: { 201: organisationKind },
      then: async (caller, { result: { id } }) => ({
        status: 201,
        location: `/organisations/${id}`,
        body: await organisationAs(caller, id),
      }),
    }),
    actRoute({
      name: 'updateOrganisation',
      method: 'PATCH',
      path: '/organisations/{id}',
      tag: ORGANISATIONS,
      summary: { fr: 'Modifier un établissement', en: 'Change an organisation' },
      act: organisation.update,
      answers: { 200: organisationKind },
      current: (caller, { id = '' }) => organisationAs(caller, id),
      then: async (caller, _outcome, { id = '' }) => ({
        status: 200,
        body: await organisationAs(caller, id),
      }),
    }),
    logoRoute('setOrganisationLogo', 'PUT', organisation.setLogo),
    logoRoute('removeOrganisationLogo', 'DELETE', organisation.removeLogo),
    ...namedRoutes({
      path: '/organisations/{id}/referents',
      tag: ORGANISATIONS,
      kind: organisationKind,
      read: organisationAs,
      add: {
        name: 'addReferent',
        summary: { fr: 'Désigner un référent', en: 'Name a contact person' },
        act: referent.add,
      },
      remove: {
        name: 'removeReferent',
        summary: { fr: 'Retirer un référent', en: 'Remove a contact person' },
        act: referent.remove,
      },
    }),
    actRoute({
      name: 'createNetwork',
      method: 'POST',
      path: '/networks',
      tag: NETWORKS,
      summary: { fr: 'Ajouter un réseau', en: 'Add a network' },
      act: networks.create,
      answers: { 201: networkKind },
      then: async (caller, { result: { id } }) => ({
        status: 201,
        location: `/networks/${id}`,
        body: await networkAs(caller, id),
      }),
    }),
    actRoute({
      name: 'updateNetwork',
      method: 'PATCH',
      path: '/networks/{id}',
      tag: NETWORKS,
      summary: { fr: 'Modifier un réseau', en: 'Change a network' },
      act: networks.update,
      answers: { 200: networkKind },
      current: (caller, { id = '' }) => networkAs(caller, id),
      then: async (caller, _outcome, { id = '' }) => ({ status: 200, body: await networkAs(caller, id) }),
    }),
    ...namedRoutes({
      path: '/networks/{id}/validators',
      tag: NETWORKS,
      kind: networkKind,
      read: networkAs,
      add: {
        name: 'addValidator',
        summary: {
          fr: 'Désigner un valideur des demandes de compte',
          en: 'Name a validator of requests for an account',
        },
        act: validators.add,
      },
      remove: {
        name: 'removeValidator',
        summary: { fr: 'Retirer un valideur', en: 'Remove a validator' },
        act: validators.remove,
      },
    }),
  ];
}
