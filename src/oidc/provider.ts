import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import { ACR_LADDER, type Clock } from '#kernel/index.ts';
import Provider, {
  errors,
  type AdapterFactory,
  type Configuration,
  type ErrorOut,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { CLAIMS_BY_SCOPE, EIDAS1, claimsInIdToken, claimsOf, toldAcr } from './claims.ts';
import { createClientCertificates } from './client-certificate.ts';
import { API_SCOPES, OIDC_SCOPES, isSecretAmong, secretHashesIn } from './clients.ts';
import { createOutgoingFetch } from './outgoing.ts';
import { takesForms } from './paths.ts';
import { createInteractionPolicy, type AuthorizationPorts } from './policy.ts';
import type { RevokeReplayed } from './replays.ts';
import type { oidcSection } from './section.ts';
import {
  SESSION_EXTRAS,
  applySignin,
  sessionTtl,
  type SigninResult,
  type TrousseauSession,
} from './session.ts';
import type { Sessions } from './sessions.ts';
import { mayIntrospect, mayRevokeGrant, originOf, refuseClosed } from './token-policy.ts';

/** Pages that oidc-provider shows through us. */
export interface ProviderPages {
  error(ctx: KoaContextWithOIDC, out: ErrorOut, cause: Error): Promise<void>;
  logout(ctx: KoaContextWithOIDC, form: { action: string; xsrf: string; isAsked: boolean }): Promise<void>;
  loggedOut(ctx: KoaContextWithOIDC): Promise<void>;
}

export interface ProviderDeps {
  readonly issuer: string;
  readonly adapter: AdapterFactory;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly sessions: Sessions;
  /** Called when a person signs out, before their session is removed. */
  readonly onSignedOut: (session: TrousseauSession) => Promise<void>;
  readonly ports: AuthorizationPorts;
  readonly revokeReplayed: RevokeReplayed;
  readonly pages: ProviderPages;
  readonly loginOf: (accountId: string) => Promise<string>;
  readonly settings: SectionValues<typeof oidcSection>;
  readonly idleSeconds: number;
  readonly maxSeconds: number;
  readonly keys: { readonly jwks: readonly object[]; readonly cookieKeys: readonly string[] };
  /** Queues a back-channel logout durably, in place of oidc-provider's fire-and-forget. */
  readonly queueLogout: (clientId: string, accountId: string, sid: string) => Promise<void>;
}

/** Builds oidc-provider: every option typed, every default that is not ours turned off. A rotation of keys builds it again. */
export function createProvider(deps: ProviderDeps): Provider {
  const provider = new Provider(deps.issuer, configurationOf(deps));
  // The shell has replaced the forwarded headers by what is true (http/arrival.ts).
  provider.proxy = true;
  keepExtras(provider);
  includeSid(provider);
  keepOfflineAccess(provider);
  nameLevelAsAsked(provider);
  hashSecrets(provider);
  buryEndedSessions(provider, deps);
  queueBackchannelLogout(provider, deps.queueLogout);
  return provider;
}

/** Sends one back-channel logout token now (OpenID Connect Back-Channel Logout 1.0 §2.5); rejects unless it was taken. */
export type DeliverLogout = (clientId: string, accountId: string, sid: string) => Promise<void>;

type BackchannelLogout = (this: unknown, accountId: string, sid: string) => Promise<void>;
const originalLogout = new WeakMap<Provider, BackchannelLogout>();

/** oidc-provider's own delivery of a logout token, for the outbox. An unknown party has nothing to be told. */
export function deliverLogoutOf(provider: Provider): DeliverLogout {
  return async (clientId, accountId, sid) => {
    const client = await provider.Client.find(clientId);
    if (client?.backchannelLogoutUri === undefined) return;
    await originalLogout.get(provider)?.call(client, accountId, sid);
  };
}

function queueBackchannelLogout(provider: Provider, queue: ProviderDeps['queueLogout']): void {
  const prototype = provider.Client.prototype as unknown as { backchannelLogout: BackchannelLogout };
  originalLogout.set(provider, prototype.backchannelLogout);
  prototype.backchannelLogout = async function queued(this: unknown, accountId, sid) {
    await queue((this as { clientId: string }).clientId, accountId, sid);
  };
}

function keepExtras(provider: Provider): void {
  const model = provider.Session as unknown as { readonly IN_PAYLOAD: readonly string[] };
  const names = [...model.IN_PAYLOAD, ...SESSION_EXTRAS];
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => names });
}

/** A set of prompts in which consent is always given: the règlement is the legal ground (contract §6). */
class ConsentedPrompts extends Set<string> {
  override has(prompt: string): boolean {
    return prompt === 'consent' || super.has(prompt);
  }
}

function contextOf(provider: Provider): object {
  return (provider as unknown as { OIDCContext: { prototype: object } }).OIDCContext.prototype;
}

/** oidc-provider drops `offline_access` from a request whose prompt does not hold consent (trap 16): here it always does. */
function keepOfflineAccess(provider: Provider): void {
  Object.defineProperty(contextOf(provider), 'prompts', {
    get(this: { params: { prompt?: string } }) {
      return new ConsentedPrompts(this.params.prompt?.split(' ') ?? []);
    },
  });
}

/** What codes, and the tokens that come from them, are told of the level; oidc-provider has put `acr_values` among the claims. */
function nameLevelAsAsked(provider: Provider): void {
  Object.defineProperty(contextOf(provider), 'acr', {
    get(this: { session?: { acr?: string }; claims?: unknown }) {
      return toldAcr(this.session?.acr, this.claims);
    },
  });
}

/** Every ID token carries `sid` (contract §6), whether or not its application is told of logouts (trap 17). */
function includeSid(provider: Provider): void {
  (provider.Client.prototype as unknown as { includeSid: () => boolean }).includeSid = () => true;
}

/** SECURITY: the registry holds hashes of secrets (256-bit random values, so a fast hash is enough). */
function hashSecrets(provider: Provider): void {
  const prototype = provider.Client.prototype as unknown as {
    compareClientSecret: (actual: string) => boolean;
  };
  prototype.compareClientSecret = function compare(this: { clientSecret?: string }, actual) {
    return isSecretAmong(secretHashesIn(this.clientSecret), actual);
  };
}

/** INVARIANT: a session that was signed out leaves its tombstone first, so that no request under way writes it back. */
function buryEndedSessions(provider: Provider, deps: ProviderDeps): void {
  const prototype = provider.Session.prototype as unknown as { destroy: () => Promise<void> };
  const destroy = prototype.destroy;
  prototype.destroy = async function buried(this: TrousseauSession) {
    await deps.onSignedOut(this);
    await deps.sessions.bury(this.uid);
    await destroy.call(this);
    // Another request may have given the session a new identifier meanwhile.
    await deps.sessions.remove(this.uid);
  };
}

function configurationOf(deps: ProviderDeps): Configuration {
  const { clock, directory, ports, pages, settings } = deps;
  const isSecure = deps.issuer.startsWith('https:');
  const certificates =
    settings.proxySecret === undefined ? undefined : createClientCertificates(settings.proxySecret);
  const cookie = { httpOnly: true, secure: isSecure, signed: true, overwrite: true } as const;

  return {
    adapter: deps.adapter,
    acrValues: [...ACR_LADDER, EIDAS1],
    claims: CLAIMS_BY_SCOPE,
    // What an ID token holds of them is said by `claimsInIdToken`.
    conformIdTokenClaims: false,
    scopes: [...OIDC_SCOPES, ...API_SCOPES],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      ...(certificates ? (['tls_client_auth'] as const) : []),
      'none',
    ],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256'],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      requestObjectSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    jwks: { keys: [...deps.keys.jwks] } as NonNullable<Configuration['jwks']>,
    cookies: {
      names: {
        session: isSecure ? '__Host-trousseau_session' : 'trousseau_session',
        interaction: 'trousseau_interaction',
        resume: 'trousseau_resume',
      },
      keys: deps.keys.cookieKeys,
      // A relying party's POST to the authorization endpoint comes from another site; only https may say so (trap 18).
      long: { ...cookie, sameSite: isSecure ? 'none' : 'lax', path: '/' },
      short: { ...cookie, sameSite: 'lax' },
    },
    enableHttpPostMethods: takesForms(deps.issuer),
    // A per-client switch for old relying parties (contract §6); without it PKCE is required.
    extraClientMetadata: { properties: ['require_pkce'] },
    pkce: { required: (_ctx, client) => client['require_pkce'] !== false },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => mayIntrospect(client, token),
      },
      ...(certificates
        ? {
            mTLS: {
              enabled: true,
              tlsClientAuth: true,
              getCertificate: ctx => certificates.pem(ctx.req),
              certificateAuthorized: ctx => certificates.isVerified(ctx.req),
              certificateSubjectMatches: (ctx, property, expected) =>
                property === 'tls_client_auth_subject_dn' && certificates.hasSubject(ctx.req, expected),
            },
          }
        : {}),
      pushedAuthorizationRequests: { enabled: true, allowUnregisteredRedirectUris: false },
      // On, so that an unsigned request object is refused in the response mode it asks for (trap 18).
      requestObjects: { enabled: true },
      resourceIndicators: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => pages.logout(ctx, { ...logoutFields(form), isAsked: isOwnLogout(ctx) }),
        postLogoutSuccessSource: ctx => pages.loggedOut(ctx),
      },
      userinfo: { enabled: true },
    },
    routes: {
      authorization: '/oidc/authorize',
      token: '/oidc/token',
      userinfo: '/oidc/userinfo',
      jwks: '/oidc/jwks',
      introspection: '/oidc/introspect',
      revocation: '/oidc/revoke',
      pushed_authorization_request: '/oidc/par',
      end_session: '/logout',
    },
    interactions: {
      policy: createInteractionPolicy(ports),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    ttl: {
      AccessToken: settings.accessTokenSeconds,
      AuthorizationCode: 60,
      ClientCredentials: settings.accessTokenSeconds,
      Grant: deps.maxSeconds,
      IdToken: settings.idTokenSeconds,
      Interaction: settings.interactionSeconds,
      RefreshToken: deps.maxSeconds,
      Session: (_ctx, session) => sessionTtl(session as TrousseauSession, deps.idleSeconds, clock.now()),
    },
    async findAccount(ctx, accountId, token) {
      const professional = await directory.professionals.get(accountId);
      if (professional?.status !== 'active') return undefined;
      await refuseClosed(ctx, accountId, ports);
      return {
        accountId,
        async claims(use, _scope, asked) {
          const session = await sessionOf(deps, ctx, token);
          const login = await deps.loginOf(accountId);
          const { situation, place } = session ?? {};
          const claims = await claimsOf(deps, { login, professional, situation, place });
          return use === 'id_token' ? claimsInIdToken(claims, asked) : claims;
        },
      };
    },
    loadExistingGrant: ctx => grantOf(ctx, deps),
    // SPEC: contract §6: offline_access and its presence among the application's scopes are enough (trap 16).
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    extraTokenClaims: originOf,
    // What was revoked never comes back: every token of a person ends with the session it came from.
    expiresWithSession: async () => true,
    rotateRefreshToken: true,
    revokeGrantPolicy: ctx => mayRevokeGrant(ctx, deps.revokeReplayed),
    renderError: (ctx, out, error) => pages.error(ctx, out, error),
    fetch: createOutgoingFetch(settings.internalHosts ?? []),
  };
}

async function sessionOf(deps: ProviderDeps, ctx: KoaContextWithOIDC, token: unknown) {
  const uid = (token as { sessionUid?: string } | undefined)?.sessionUid ?? ctx.oidc.session?.uid;
  return uid === undefined ? null : deps.sessions.findByUid(uid);
}

/**
 * A grant of exactly what the application may have (trap 6: grants must not gather scopes), made again when that
 * changed. It is also where a finished sign-in is written into the session, before anything is decided on it.
 */
async function grantOf(ctx: KoaContextWithOIDC, deps: ProviderDeps) {
  const { client, session, account, provider } = ctx.oidc;
  if (!client || !session || !account) return undefined;
  const signin = ctx.oidc.result?.['trousseau'] as SigninResult | undefined;
  if (signin) applySignin(session as TrousseauSession, signin, deps.clock.now());

  const allowed = OIDC_SCOPES.filter(scope => client.scope?.split(' ').includes(scope)).join(' ');
  const grantId = session.grantIdFor(client.clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (existing && existing.accountId === account.accountId && existing.getOIDCScope() === allowed)
    return existing;
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(allowed);
  // SECURITY: the `claims` parameter asks for single claims: only those of the scopes that the application may have.
  grant.addOIDCClaims(['openid', ...allowed.split(' ')].flatMap(scope => claimsOfScope(scope)));
  await grant.save();
  return grant;
}

function claimsOfScope(scope: string): readonly string[] {
  return Object.entries(CLAIMS_BY_SCOPE).find(([name]) => name === scope)?.[1] ?? [];
}

/** True when the application that asks shows an ID token of the very person of this session: no need to ask again. */
function isOwnLogout(ctx: KoaContextWithOIDC): boolean {
  const hint = ctx.oidc.entities.IdTokenHint as { payload?: { sub?: unknown } } | undefined;
  return hint?.payload?.sub !== undefined && hint.payload.sub === ctx.oidc.session?.accountId;
}

function logoutFields(form: string): { action: string; xsrf: string } {
  const action = /action="([^"]+)"/u.exec(form)?.[1];
  const xsrf = /name="xsrf" value="([^"]+)"/u.exec(form)?.[1];
  if (action === undefined || xsrf === undefined) {
    throw new errors.CustomOIDCProviderError('server_error', 'oidc-provider’s logout form has another shape');
  }
  return { action, xsrf };
}
