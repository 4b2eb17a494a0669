import {
  clientAuthMethodOf,
  isInClear,
  problemsOfApplication,
  type Application,
  type ApplicationProblem,
  type Directory,
} from '#directory/index.ts';
import { invalidFields } from '../acts/refusals.ts';
import type { Settings } from './fields.ts';

/** What an application is before anything is said of it. */
export function newApplication(id: string, isTraining: boolean): Application {
  return {
    id,
    name: id,
    redirectUris: [],
    postLogoutRedirectUris: [],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid'],
    assertsAcr: false,
    canSimulate: false,
    tokenEndpointAuthMethod: 'client_secret_basic',
    requirePkce: true,
    // An application made on a training base is for that base.
    ...(isTraining && { environment: 'formation' as const }),
  };
}

/** True for an application that proves itself by a secret. */
export function hasSecretMeans(application: Application): boolean {
  return clientAuthMethodOf(application).startsWith('client_secret_');
}

/** What was not given stays; an empty text takes the value away. SECURITY: another means forgets the secrets. */
export function withSettings(application: Application, given: Settings): Application {
  const { network, branch, backchannelLogoutUri, minimumAcr, jwksUri, tlsClientAuthSubjectDn, ...rest } =
    application;
  const text = <K extends keyof Application>(
    field: K,
    value: string | undefined,
    before: string | undefined,
  ) => {
    const after = value ?? before ?? '';
    return after === '' ? {} : ({ [field]: after } as Readonly<Record<K, string>>);
  };
  const after: Application = {
    ...rest,
    name: given.name ?? application.name,
    redirectUris: given.redirect_uris ?? application.redirectUris,
    postLogoutRedirectUris: given.post_logout_redirect_uris ?? application.postLogoutRedirectUris,
    grantTypes: given.grant_types ? [...new Set(given.grant_types)] : application.grantTypes,
    scopes: given.scopes ? [...new Set(given.scopes)] : application.scopes,
    assertsAcr: given.asserts_acr ?? application.assertsAcr,
    canSimulate: given.can_simulate ?? application.canSimulate,
    requirePkce: given.require_pkce ?? application.requirePkce,
    ...(given.token_endpoint_auth_method !== undefined && {
      tokenEndpointAuthMethod: given.token_endpoint_auth_method,
    }),
    ...text('network', given.network, network),
    ...text('branch', given.branch, branch),
    ...text('backchannelLogoutUri', given.backchannel_logout_uri, backchannelLogoutUri),
    ...text('minimumAcr', given.minimum_acr, minimumAcr),
    ...text('jwksUri', given.jwks_uri, jwksUri),
    ...text('tlsClientAuthSubjectDn', given.tls_client_auth_subject_dn, tlsClientAuthSubjectDn),
  };
  const { kiosk: _before, ...others } = hasSecretMeans(after) ? after : withoutSecrets(after);
  const kiosk = kioskOf(application.kiosk, given.kiosk);
  return { ...others, ...(kiosk && { kiosk }) };
}

function withoutSecrets({
  clientSecretHash: _current,
  previousSecretHash: _former,
  previousSecretUntilMs: _until,
  secretChangedAtMs: _changed,
  ...application
}: Application): Application {
  return application;
}

function kioskOf(before: Application['kiosk'], given: Settings['kiosk']): Application['kiosk'] | undefined {
  const url = given?.url ?? before?.url ?? '';
  if (url === '') return undefined;
  const description = given?.description ?? before?.description ?? '';
  const logo = given?.logo ?? before?.logo ?? '';
  return { url, ...(description !== '' && { description }), ...(logo !== '' && { logo }) };
}

const PROBLEMS: Readonly<Record<ApplicationProblem, string>> = {
  redirect_uri_missing:
    'Écrivez au moins une adresse de retour, pour que les personnes puissent se connecter.',
  means_missing: 'Une application sans secret ni certificat n’appelle rien en son propre nom.',
  pkce_needed: 'Une application sans secret ni certificat a besoin de PKCE.',
  one_key_source: 'Écrivez l’adresse des clés de l’application.',
  subject_dn_missing: 'Écrivez le nom (DN) du certificat de l’application.',
};

/** Fields of the form, for those that have none of their own there. */
const FIELD_OF: Readonly<Record<string, string>> = { jwks: 'jwks_uri' };

/**
 * What cannot be, on the whole. Throws `admin.invalid` (422). `allowsClear`: a demonstration takes addresses without
 * https.
 */
export async function checkSettings(
  application: Application,
  deps: {
    readonly directory: Directory;
    readonly knownScopes: ReadonlySet<string>;
    readonly allowsClear: boolean;
    /** Scopes that it had before are kept, known or not. */
    readonly before: Application | null;
  },
): Promise<void> {
  const { directory, knownScopes, allowsClear, before } = deps;
  const fields: Record<string, string> = {};
  const { network, branch } = application;
  const method = clientAuthMethodOf(application);
  for (const { field, problem } of problemsOfApplication({ ...application, tokenEndpointAuthMethod: method }))
    fields[FIELD_OF[field] ?? field] ??= PROBLEMS[problem];
  const addresses = {
    redirect_uris: application.redirectUris,
    post_logout_redirect_uris: application.postLogoutRedirectUris,
  };
  for (const [field, uris] of Object.entries(addresses))
    if (!allowsClear && uris.some(isInClear))
      fields[field] ??= 'Utilisez https : en clair, la connexion pourrait être volée en chemin.';
  const hadScopes = new Set(before?.scopes);
  if (application.scopes.some(scope => !knownScopes.has(scope) && !hadScopes.has(scope)))
    fields['scopes'] ??= 'Choisissez parmi celles qui sont proposées.';
  if (network !== undefined && !(await directory.networks.get(network)))
    fields['network'] = 'Ce réseau n’existe pas.';
  if (branch !== undefined && !(await directory.organisations.get(branch)))
    fields['branch'] = 'Cet établissement n’existe pas.';
  if (Object.keys(fields).length > 0) throw invalidFields(fields);
}

/** What the trail shows of an application: never a secret, nor its hash. */
export function shownOf(application: Application): Readonly<Record<string, unknown>> {
  return {
    name: application.name,
    network: application.network,
    branch: application.branch,
    redirect_uris: application.redirectUris.join(' '),
    post_logout_redirect_uris: application.postLogoutRedirectUris.join(' '),
    backchannel_logout_uri: application.backchannelLogoutUri,
    grant_types: application.grantTypes.join(' '),
    scopes: application.scopes.join(' '),
    minimum_acr: application.minimumAcr,
    token_endpoint_auth_method: application.tokenEndpointAuthMethod,
    jwks_uri: application.jwksUri,
    tls_client_auth_subject_dn: application.tlsClientAuthSubjectDn,
    require_pkce: application.requirePkce,
    asserts_acr: application.assertsAcr,
    can_simulate: application.canSimulate,
    'kiosk.url': application.kiosk?.url,
    'kiosk.description': application.kiosk?.description,
    'kiosk.logo': application.kiosk?.logo,
  };
}
