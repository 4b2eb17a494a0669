import type { Application } from './types.ts';

/*
 * What an application must be, wherever it is described: in the region file or on a page. Names of fields are those of
 * the wire; each writer says the problem in its own words.
 */

/** `oidc/` signs our own pages in under this name. */
const OWN_CLIENT = 'trousseau';

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const;

export const CLIENT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'none',
] as const;

/** The declared means of authentication; without one, the secret if there is one. */
export function clientAuthMethodOf({
  tokenEndpointAuthMethod,
  clientSecretHash,
}: Pick<Application, 'tokenEndpointAuthMethod' | 'clientSecretHash'>): string {
  return tokenEndpointAuthMethod ?? (clientSecretHash === undefined ? 'none' : 'client_secret_basic');
}

export type ApplicationProblem =
  'redirect_uri_missing' | 'means_missing' | 'pkce_needed' | 'one_key_source' | 'subject_dn_missing';

export function isClientId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/u.test(text);
}

/** True for the name of our own pages. */
export function isOwnClientId(id: string): boolean {
  return id === OWN_CLIENT;
}

/** A scope of RFC 6749 §3.3. */
export function isScope(text: string): boolean {
  return /^[!#-[\]-~]{1,100}$/u.test(text);
}

export function isWebAddress(text: string): boolean {
  return /^https?:$/u.test(protocolOf(text));
}

/** SPEC: RFC 6749 §3.1.2: absolute, without a fragment. */
export function isAbsoluteAddress(text: string): boolean {
  return URL.canParse(text) && !text.includes('#');
}

/** False for schemes that run or read something here; others than the web's are for applications on a telephone. */
export function hasSafeScheme(text: string): boolean {
  return !/^(?:javascript|data|file|blob|vbscript|about):$/u.test(protocolOf(text));
}

/** True for http beyond this very machine: whoever listens on the way reads the code. */
export function isInClear(uri: string): boolean {
  return /^http:\/\/(?!localhost[:/]|127\.|\[::1\])/u.test(uri);
}

/** What does not go together. `tokenEndpointAuthMethod`: the means in effect. */
export function problemsOfApplication(
  application: Pick<
    Application,
    'grantTypes' | 'redirectUris' | 'requirePkce' | 'jwks' | 'jwksUri' | 'tlsClientAuthSubjectDn'
  > & { readonly tokenEndpointAuthMethod: string },
): readonly { readonly field: string; readonly problem: ApplicationProblem }[] {
  const { grantTypes, redirectUris, requirePkce, jwks, jwksUri } = application;
  const method = application.tokenEndpointAuthMethod;
  const found: (readonly [boolean, string, ApplicationProblem])[] = [
    [
      grantTypes.includes('authorization_code') && redirectUris.length === 0,
      'redirect_uris',
      'redirect_uri_missing',
    ],
    [method === 'none' && grantTypes.includes('client_credentials'), 'grant_types', 'means_missing'],
    [method === 'none' && !requirePkce, 'require_pkce', 'pkce_needed'],
    [
      method === 'private_key_jwt' && (jwks === undefined) === (jwksUri === undefined),
      'jwks',
      'one_key_source',
    ],
    [
      method === 'tls_client_auth' && application.tlsClientAuthSubjectDn === undefined,
      'tls_client_auth_subject_dn',
      'subject_dn_missing',
    ],
  ];
  return found.flatMap(([isProblem, field, problem]) => (isProblem ? [{ field, problem }] : []));
}

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}
