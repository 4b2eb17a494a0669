import type { Application } from '#directory/index.ts';
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

/** The declared means; without one, the secret if there is one. */
function authMethodOf({ tokenEndpointAuthMethod, clientSecretHash }: Application): string {
  return tokenEndpointAuthMethod ?? (clientSecretHash === undefined ? 'none' : 'client_secret_basic');
}

/** SECURITY: a secret counts only for an application that proves itself by it: a declared stronger means is not got around. */
export function secretHashOf(application: Application): string | undefined {
  return /^client_secret_(?:basic|post)$/u.test(authMethodOf(application))
    ? application.clientSecretHash
    : undefined;
}

/**
 * oidc-provider's metadata of an application. Its keys stand in a fixed order: oidc-provider keeps one parsed
 * client per JSON text. The secret is its hash; `compareClientSecret` hashes what the caller sent.
 */
export function toClientMetadata(application: Application): AdapterPayload {
  const grantTypes = application.grantTypes;
  const secretHash = secretHashOf(application);
  const isInteractive = grantTypes.includes('authorization_code');
  return {
    client_id: application.id,
    client_name: application.name,
    ...(secretHash === undefined ? {} : { client_secret: secretHash }),
    grant_types: [...grantTypes],
    response_types: isInteractive ? ['code'] : [],
    redirect_uris: [...application.redirectUris],
    post_logout_redirect_uris: [...application.postLogoutRedirectUris],
    scope: application.scopes.join(' '),
    require_pkce: application.requirePkce,
    token_endpoint_auth_method: authMethodOf(application),
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
