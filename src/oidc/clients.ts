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

/**
 * oidc-provider's metadata of an application. Its keys stand in a fixed order: oidc-provider keeps one parsed
 * client per JSON text. The secret is its hash; `compareClientSecret` hashes what the caller sent.
 */
export function toClientMetadata(application: Application): AdapterPayload {
  const grantTypes = application.grantTypes;
  const isInteractive = grantTypes.includes('authorization_code');
  const method =
    application.tokenEndpointAuthMethod ?? (application.clientSecretHash ? 'client_secret_basic' : 'none');
  return {
    client_id: application.id,
    client_name: application.name,
    ...(application.clientSecretHash === undefined ? {} : { client_secret: application.clientSecretHash }),
    grant_types: [...grantTypes],
    response_types: isInteractive ? ['code'] : [],
    redirect_uris: [...application.redirectUris],
    post_logout_redirect_uris: [...application.postLogoutRedirectUris],
    scope: application.scopes.join(' '),
    require_pkce: application.requirePkce,
    token_endpoint_auth_method: method,
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
