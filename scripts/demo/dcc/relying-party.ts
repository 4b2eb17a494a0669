import * as client from 'openid-client';
import { PATHS, reachesAcr, type DccSettings } from './settings.ts';
import type { Person, SignIn } from './sessions.ts';

/** Why a sign-in did not succeed: an OAuth error code of the provider, or one of our own. */
export class SignInRefused extends Error {
  readonly code: string;
  constructor(code: string, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

export type RelyingParty = ReturnType<typeof createRelyingParty>;

/** OpenID Connect with a certified library: authorization code, PKCE S256, state and nonce. */
export function createRelyingParty(settings: DccSettings) {
  const redirectUri = settings.url + PATHS.callback;
  let discovered: Promise<client.Configuration> | undefined;

  /**
   * Discovery happens at the first need, not at start: either side may start first. A failure is not
   * remembered, so the next person tries again.
   */
  function configuration(): Promise<client.Configuration> {
    const issuer = new URL(settings.issuer);
    discovered ??= client
      .discovery(
        issuer,
        settings.clientId,
        { client_secret: settings.clientSecret },
        client.ClientSecretBasic(settings.clientSecret),
        {
          timeout: 5,
          // SECURITY: enableNonRepudiationChecks verifies the ID token's signature even though it came straight
          // from the token endpoint. http is for a demonstration on one machine, where both ends are loopback.
          execute: [
            client.enableNonRepudiationChecks,
            ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
          ],
        },
      )
      .catch((error: unknown) => {
        discovered = undefined;
        throw new SignInRefused('provider_unreachable', error);
      });
    return discovered;
  }

  return {
    configuration,

    /** The address to send the browser to, and what to remember until it comes back. */
    async begin({ minimumAcr, returnTo }: { minimumAcr: string; returnTo: string }) {
      const config = await configuration();
      const signIn: SignIn = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
        minimumAcr,
        returnTo,
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scope,
        acr_values: minimumAcr,
        state: signIn.state,
        nonce: signIn.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(signIn.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, signIn };
    },

    /**
     * Redeems the code. The library checks iss, state, nonce, aud, exp and the signature; what it cannot know
     * is checked here: that the level is the one we asked for, and that the session has a `sid`.
     */
    async finish(query: string, signIn: SignIn): Promise<Person> {
      const config = await configuration();
      const tokens = await client
        .authorizationCodeGrant(config, new URL(`${redirectUri}?${query}`), {
          expectedState: signIn.state,
          expectedNonce: signIn.nonce,
          pkceCodeVerifier: signIn.codeVerifier,
          idTokenExpected: true,
        })
        .catch((error: unknown) => {
          throw new SignInRefused(oauthCode(error), error);
        });
      const claims = tokens.claims();
      const idToken = tokens.id_token;
      if (claims === undefined || idToken === undefined || typeof claims.sid !== 'string')
        throw new SignInRefused('invalid_token');
      // SECURITY: `acr_values` is a wish (OIDC Core §3.1.2.1); only what the ID token says counts.
      if (typeof claims.acr !== 'string' || !reachesAcr(claims.acr, signIn.minimumAcr))
        throw new SignInRefused('unmet_authentication_requirements');
      const name = typeof claims.name === 'string' ? claims.name : await nameOf(config, tokens, claims.sub);
      const { sub, sid, acr } = claims;
      const amr = Array.isArray(claims.amr) ? claims.amr.filter(value => typeof value === 'string') : [];
      return { sub, sid, acr, amr, name, idToken };
    },

    /** Where to send the browser so that the provider's session ends too (RP-initiated logout). */
    async endSessionUrl(idToken: string): Promise<string> {
      return client.buildEndSessionUrl(await configuration(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: settings.url + PATHS.signedOut,
      }).href;
    },
  };
}

/** With the code flow the claims of `profile` are at the userinfo endpoint (OIDC Core §5.4). */
async function nameOf(config: client.Configuration, tokens: client.TokenEndpointResponse, sub: string) {
  const info = await client.fetchUserInfo(config, tokens.access_token, sub).catch((error: unknown) => {
    throw new SignInRefused(oauthCode(error), error);
  });
  const parts = [info.given_name, info.family_name].filter(part => part !== undefined);
  return info.name ?? (parts.length > 0 ? parts.join(' ') : 'Professionnel de santé');
}

function oauthCode(error: unknown): string {
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
    return error.error;
  return 'invalid_response';
}
