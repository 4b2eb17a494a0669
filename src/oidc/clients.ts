import { clientAuthMethodOf, type Application } from '#directory/index.ts';
import { equalsInConstantTime, hashToken } from '#kernel/index.ts';
import type { AdapterPayload } from 'oidc-provider';

/** Scopes of people's sign-ins, as opposed to those of the APIs. */
export const OIDC_SCOPES = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'phone',
  'professional',
  'habilitations',
  'scope_all',
] as const;

/** Scopes of our own APIs, for back ends (contract §6). */
export const API_SCOPES = [
  'access:evaluate',
  'access:search',
  'access:consents',
  'access:patient-keys',
  'access:simulate',
  'admin:read',
  'admin:write',
  'scim',
] as const;

/**
 * Hashes of the secrets that count now: the one in force, and until its date the one before it. SECURITY: only for an
 * application that proves itself by a secret: a declared stronger means is not got around.
 */
export function secretHashesOf(application: Application, nowMs: number): readonly string[] {
  const { clientSecretHash, previousSecretHash, previousSecretUntilMs = 0 } = application;
  if (
    clientSecretHash === undefined ||
    !/^client_secret_(?:basic|post)$/u.test(clientAuthMethodOf(application))
  )
    return [];
  return previousSecretHash !== undefined && nowMs < previousSecretUntilMs
    ? [clientSecretHash, previousSecretHash]
    : [clientSecretHash];
}

/** SECURITY: as many comparisons whatever is stored, so that the time tells nothing. `hashes`: at most two. */
export function isSecretAmong(hashes: readonly string[], secret: string): boolean {
  const sent = hashToken(secret);
  const [current = '', former = ''] = hashes;
  const [isCurrent, isFormer] = [equalsInConstantTime(sent, current), equalsInConstantTime(sent, former)];
  return isCurrent || isFormer;
}

/** What `client_secret` is towards oidc-provider: base64url has no space. */
const HASHES_APART = ' ';

/** The hashes in oidc-provider's `clientSecret`, as `toClientMetadata` put them. */
export function secretHashesIn(clientSecret: string | undefined): readonly string[] {
  return clientSecret?.split(HASHES_APART) ?? [];
}

/**
 * oidc-provider's metadata of an application. Its keys stand in a fixed order: oidc-provider keeps one parsed
 * client per JSON text. The secret is the hashes of those in force at `nowMs`; `compareClientSecret` hashes what the
 * caller sent.
 */
export function toClientMetadata(application: Application, nowMs: number): AdapterPayload {
  const grantTypes = application.grantTypes;
  const secretHashes = secretHashesOf(application, nowMs);
  const isInteractive = grantTypes.includes('authorization_code');
  return {
    client_id: application.id,
    client_name: application.name,
    ...(secretHashes.length === 0 ? {} : { client_secret: secretHashes.join(HASHES_APART) }),
    grant_types: [...grantTypes],
    response_types: isInteractive ? ['code'] : [],
    redirect_uris: [...application.redirectUris],
    post_logout_redirect_uris: [...application.postLogoutRedirectUris],
    scope: application.scopes.join(' '),
    require_pkce: application.requirePkce,
    token_endpoint_auth_method: clientAuthMethodOf(application),
    ...(application.backchannelLogoutUri === undefined
      ? {}
      : {
          backchannel_logout_uri: application.backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
    ...(application.jwksUri === undefined ? {} : { jwks_uri: application.jwksUri }),
    ...(application.jwks === undefined ? {} : { jwks: application.jwks }),
    ...(application.tlsClientAuthSubjectDn === undefined
      ? {}
      : { tls_client_auth_subject_dn: application.tlsClientAuthSubjectDn }),
  } as AdapterPayload;
}

/** Our own pages, as a relying party of our own: signing in to the kiosk is an ordinary authorization request. */
export function portalApplication(issuer: string, name: string): Application {
  return {
    id: PORTAL_CLIENT_ID,
    name,
    redirectUris: [`${issuer}/signed-in`],
    postLogoutRedirectUris: [`${issuer}/`],
    grantTypes: ['authorization_code'],
    scopes: ['openid'],
    tokenEndpointAuthMethod: 'none',
    requirePkce: true,
    assertsAcr: false,
    canSimulate: false,
  };
}

export const PORTAL_CLIENT_ID = 'trousseau';
