import { systemClock, type Clock } from '#kernel/index.ts';
import * as openid from 'openid-client';
import type { MetadataSource, UpstreamMetadata } from './metadata.ts';
import type { createOutgoing, Fetch } from './outgoing.ts';
import { failureOf, type RefusalName } from './refusals.ts';
import type { Upstream, UpstreamAuthentication } from './upstream.ts';

/** What must be the same when the browser is back. */
export interface ExchangeSecrets {
  readonly nonce: string;
  readonly verifier: string;
}

/** What the provider says of a person, its signature and origin verified. Never logged. */
export interface UpstreamAnswer {
  readonly idToken: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
}

export type Redeemed =
  | { readonly ok: true; readonly answer: UpstreamAnswer }
  | { readonly ok: false; readonly refusal: RefusalName; readonly detail: string };

export interface UpstreamClient {
  /** Where to send the browser, and what to keep until it is back. Throws `….unavailable` (503). */
  authorization(state: string): Promise<ExchangeSecrets & { readonly address: string }>;
  /**
   * Redeems the query that the browser came back with. Verifies `iss`, state, PKCE, and of the ID token signature
   * (RS256), `iss`, `aud`, `azp`, `nonce`, times, and that userinfo is about the same `sub`. Does not look at the level,
   * nor at who the person is here. Throws `….unavailable` (503).
   */
  redeem(query: string, expected: ExchangeSecrets & { readonly state: string }): Promise<Redeemed>;
  /** Where the browser ends the provider's own session; `undefined` when it has no such address. */
  endSession(idToken: string): Promise<string | undefined>;
}

/** The one algorithm of ID tokens (domain §5): neither the token nor the metadata chooses another. */
export const ID_TOKEN_ALGORITHM = 'RS256';
/** Apart from ours, a provider's clock may be this much wrong, in seconds. */
const CLOCK_TOLERANCE = 30;
/** Below this age of the keys, the library does not ask for new ones when a token names an unknown key. */
const KEYS_COUNT_AS_SECONDS_OLD = 60;

/** OpenID Connect to one provider with a certified library: authorization code, PKCE S256, state and nonce. */
export function createUpstreamClient(deps: {
  readonly upstream: Upstream;
  readonly redirectUri: string;
  /** Where the provider sends the browser once its own session has ended. */
  readonly signedOutUri: string;
  readonly outgoing: ReturnType<typeof createOutgoing>;
  readonly metadata: MetadataSource;
  readonly clock: Clock;
}): UpstreamClient {
  const { upstream, redirectUri, signedOutUri, outgoing, metadata, clock } = deps;
  let keys: openid.ExportedJWKSCache | undefined;

  /** Made for each exchange, because its calls share one deadline. The keys outlive it. */
  function configurationOf(server: UpstreamMetadata, fetch: Fetch): openid.Configuration {
    const config = new openid.Configuration(
      toServerMetadata(server),
      upstream.clientId,
      {
        id_token_signed_response_alg: ID_TOKEN_ALGORITHM,
        use_mtls_endpoint_aliases: upstream.authentication.kind === 'tls_client_auth',
        // The library reads the machine's clock; ours may be another one.
        [openid.clockSkew]: clock.now() - systemClock.now(),
        [openid.clockTolerance]: CLOCK_TOLERANCE,
      },
      authenticationOf(upstream.authentication),
    );
    config[openid.customFetch] = fetch;
    // SECURITY: the signature counts although the token comes straight from the token endpoint.
    openid.enableNonRepudiationChecks(config);
    // http is for a demonstration: production refuses such an issuer (section.ts).
    if (upstream.issuer.startsWith('http:')) openid.allowInsecureRequests(config);
    if (keys) openid.setJwksCache(config, keys);
    return config;
  }

  /** A key that is new today is found today: keys are kept as if they were old enough to be asked for again. */
  function keepKeys(config: openid.Configuration): void {
    const cache = openid.getJwksCache(config);
    if (!cache || cache.uat === keys?.uat) return;
    keys = { jwks: cache.jwks, uat: cache.uat - KEYS_COUNT_AS_SECONDS_OLD };
  }

  async function exchange(
    query: string,
    { state, nonce, verifier }: ExchangeSecrets & { readonly state: string },
  ): Promise<UpstreamAnswer> {
    const config = configurationOf(await metadata.get(), outgoing(upstream.timeoutSeconds));
    try {
      const tokens = await openid.authorizationCodeGrant(config, new URL(`${redirectUri}?${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      const idToken = tokens.id_token;
      if (claims === undefined || idToken === undefined) throw new TypeError('no ID token was read');
      const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
      return { idToken, claims: { ...claims }, userinfo: { ...userinfo } };
    } finally {
      keepKeys(config);
    }
  }

  return {
    async authorization(state) {
      const secrets = { nonce: openid.randomNonce(), verifier: openid.randomPKCECodeVerifier() };
      try {
        const config = configurationOf(await metadata.get(), outgoing(upstream.timeoutSeconds));
        const url = openid.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: upstream.scope,
          state,
          nonce: secrets.nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(secrets.verifier),
          code_challenge_method: 'S256',
          ...(upstream.requiredAcrs.length > 0 ? { acr_values: upstream.requiredAcrs.join(' ') } : {}),
        });
        return { ...secrets, address: url.href };
      } catch (error) {
        const failure = failureOf(upstream, error);
        if ('unavailable' in failure) throw failure.unavailable;
        throw error;
      }
    },

    async redeem(query, expected) {
      try {
        return { ok: true, answer: await exchange(query, expected) };
      } catch (error) {
        const failure = failureOf(upstream, error);
        if ('unavailable' in failure) throw failure.unavailable;
        return { ok: false, ...failure };
      }
    },

    async endSession(idToken) {
      const server = await metadata.get();
      if (server.end_session_endpoint === undefined) return undefined;
      const config = configurationOf(server, outgoing(upstream.timeoutSeconds));
      return openid.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: signedOutUri,
      }).href;
    },
  };
}

/** Absent members are absent to the library, not `undefined`. */
function toServerMetadata(server: UpstreamMetadata): openid.ServerMetadata {
  const {
    authorization_response_iss_parameter_supported: saysIss,
    mtls_endpoint_aliases: aliases,
    ...all
  } = server;
  const { end_session_endpoint: endSession, ...rest } = all;
  return {
    ...rest,
    ...(endSession === undefined ? {} : { end_session_endpoint: endSession }),
    ...(saysIss === undefined ? {} : { authorization_response_iss_parameter_supported: saysIss }),
    ...(aliases === undefined ? {} : { mtls_endpoint_aliases: aliases }),
  };
}

function authenticationOf(authentication: UpstreamAuthentication): openid.ClientAuth {
  switch (authentication.kind) {
    case 'tls_client_auth':
      return openid.TlsClientAuth();
    case 'client_secret_basic':
      return openid.ClientSecretBasic(authentication.secret);
    case 'client_secret_post':
      return openid.ClientSecretPost(authentication.secret);
  }
}
