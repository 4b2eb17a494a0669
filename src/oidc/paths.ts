/** Exactly the paths of `routes` in provider.ts: what is not the protocol's is answered by our own 404. */
export const OIDC_PATH =
  /^\/(?:oidc\/(?:authorize(?:\/[\w-]+)?|token|userinfo|jwks|introspect|revoke|par)|logout(?:\/(?:confirm|success))?|\.well-known\/(?:openid-configuration|oauth-authorization-server))$/u;

/** Paths that a person's browser opens: their failures are pages. */
export const PAGE_PATH = /^\/(?:oidc\/authorize|logout)(?:\/|$)/u;

/** Where a request may come as a form. SPEC: OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2. */
export const FORM_PATH = /^\/(?:oidc\/authorize|logout)$/u;

/** Over https alone do browsers send the cookies of a session along with a form from elsewhere (trap 18). */
export const takesForms = (issuer: string): boolean => issuer.startsWith('https:');

const POSTED = /^\/(?:oidc\/(?:token|introspect|revoke|par)|logout\/confirm)$/u;
const BOTH = /^\/(?:oidc\/(?:authorize|userinfo)|logout)$/u;

/** The methods that this path of the protocol answers; `OPTIONS` for scripts of other origins is oidc-provider's. */
export function methodsAt(path: string): readonly string[] {
  if (POSTED.test(path)) return ['POST'];
  return BOTH.test(path) ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'];
}
