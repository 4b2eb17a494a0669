import type { Administration } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { AppError } from '#kernel/index.ts';
import type { Act } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import type { ApplicationsActs } from '../applications/index.ts';
import { PICTURE_BODY } from '../logos/index.ts';
import type { createActRoutes } from './act-route.ts';
import type { ApiAnswer, ApiRoute, Caller } from './route.ts';
import { applicationSchema, newSecretSchema } from './schemas.ts';
import type { Views } from './views.ts';

const TAG = 'Applications';
const applicationKind = { schema: applicationSchema, words: { fr: 'L’application', en: 'The application' } };
const secretKind = {
  schema: newSecretSchema,
  words: {
    fr: 'L’application et son secret, dit cette seule fois',
    en: 'The application and its secret, told once',
  },
};

type Input = Readonly<Record<string, unknown>>;

/** Applications, changed. A secret is in the answer that makes it and in no other, sent again or not. */
export function applicationRoutes(deps: {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly views: Views;
  readonly applications: ApplicationsActs;
  readonly apiScopes: readonly string[];
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, directory, views, applications, apiScopes, actRoute } = deps;
  const { application, secret } = applications;

  async function applicationAs({ administrator }: Caller, id: string): Promise<object> {
    const [authority, found] = await Promise.all([
      administration.authorityOf(administrator),
      directory.applications.get(id),
    ]);
    const place = { network: found?.network, organisation: found?.branch };
    if (!found || !authority.may('application_settings', 'read', place)) throw notFound();
    return views.application(found);
  }

  async function told(caller: Caller, id: string, clientSecret: string | null): Promise<ApiAnswer> {
    const shown = await applicationAs(caller, id);
    return {
      status: 200,
      body: { application: shown, client_secret: clientSecret },
      kept: { application: shown, client_secret: null },
    };
  }

  /**
   * SECURITY: an application gives no other one more than it has itself, and takes over none that has more: with a
   * secret that it just made, it could act as that one.
   */
  async function withinOwnRights(caller: Caller, input: Input): Promise<void> {
    const id = String(input['client_id']);
    const [own, target] = await Promise.all([
      directory.applications.get(caller.clientId),
      directory.applications.get(id),
    ]);
    const given = Array.isArray(input['scopes']) ? input['scopes'] : [];
    const scopes = [...(target?.scopes ?? []), ...given].filter(scope => apiScopes.includes(String(scope)));
    const isMore =
      scopes.some(scope => !caller.scopes.has(String(scope))) ||
      ((target?.assertsAcr || input['asserts_acr'] === true) && !own?.assertsAcr) ||
      ((target?.canSimulate || input['can_simulate'] === true) && !own?.canSimulate);
    if (isMore) throw beyondOwnRights();
  }

  async function ofAnother(caller: Caller, input: Input): Promise<void> {
    if (input['client_id'] === caller.clientId) throw beyondOwnRights();
    return withinOwnRights(caller, input);
  }

  const logoRoute = <I>(name: string, method: 'PUT' | 'DELETE', act: Act<I, void>) =>
    actRoute({
      name,
      method,
      path: '/applications/{client_id}/logo',
      tag: TAG,
      summary:
        method === 'PUT'
          ? { fr: 'Donner un logo à la tuile', en: 'Set the logo of its tile' }
          : { fr: 'Retirer le logo de la tuile', en: 'Remove the logo of its tile' },
      act,
      check: ofAnother,
      ...(method === 'PUT' && { file: { ...PICTURE_BODY, field: 'picture' } }),
      answers: { 200: applicationKind },
      ...(method === 'DELETE' && { current: (caller, { client_id: id = '' }) => applicationAs(caller, id) }),
      then: async (caller, _outcome, { client_id: id = '' }) => ({
        status: 200,
        body: await applicationAs(caller, id),
      }),
    });

  return [
    actRoute({
      name: 'createApplication',
      method: 'POST',
      path: '/applications',
      tag: TAG,
      summary: { fr: 'Ajouter une application', en: 'Add an application' },
      act: application.create,
      check: ofAnother,
      answers: { 201: secretKind },
      then: async (caller, { result: { client_id: id, client_secret: made } }) => ({
        ...(await told(caller, id, made)),
        status: 201,
        location: `/applications/${id}`,
      }),
    }),
    actRoute({
      name: 'updateApplication',
      method: 'PATCH',
      path: '/applications/{client_id}',
      tag: TAG,
      summary: { fr: 'Modifier une application', en: 'Change an application' },
      act: application.update,
      check: ofAnother,
      answers: { 200: applicationKind },
      current: (caller, { client_id: id = '' }) => applicationAs(caller, id),
      then: async (caller, _outcome, { client_id: id = '' }) => ({
        status: 200,
        body: await applicationAs(caller, id),
      }),
    }),
    logoRoute('setApplicationLogo', 'PUT', application.setLogo),
    logoRoute('removeApplicationLogo', 'DELETE', application.removeLogo),
    actRoute({
      name: 'rotateSecret',
      method: 'POST',
      path: '/applications/{client_id}/rotate-secret',
      tag: TAG,
      summary: { fr: 'Remplacer le secret', en: 'Replace the secret' },
      act: secret.rotate,
      check: withinOwnRights,
      answers: { 200: secretKind },
      then: (caller, { result }, { client_id: id = '' }) => told(caller, id, result.client_secret),
    }),
    actRoute({
      name: 'endPreviousSecret',
      method: 'POST',
      path: '/applications/{client_id}/end-previous-secret',
      tag: TAG,
      summary: { fr: 'Mettre fin à l’ancien secret', en: 'End the former secret' },
      act: secret.endPrevious,
      check: withinOwnRights,
      answers: { 200: applicationKind },
      then: async (caller, _outcome, { client_id: id = '' }) => ({
        status: 200,
        body: await applicationAs(caller, id),
      }),
    }),
  ];
}

function beyondOwnRights(): AppError {
  return new AppError({
    code: 'admin.beyond_own_rights',
    status: 403,
    publicMessage: 'Une application ne donne pas plus de droits qu’elle n’en a, ni n’en change les siens.',
  });
}
