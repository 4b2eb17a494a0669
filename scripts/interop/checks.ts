import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { createBrowserless, type Browserless, type Page } from './browserless.ts';
import { signIn, type Credentials } from './sign-in.ts';

/** Where and as whom the checks run. The redirect URIs are registered, but nobody needs to listen there. */
export interface InteropTarget {
  readonly issuer: string;
  readonly outboxUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  /** A client with the grant `client_credentials`, and the scope to ask for. */
  readonly service: { readonly clientId: string; readonly clientSecret: string; readonly scope: string };
  readonly person: Credentials;
  /** The level asked for, which must come back in the ID token. */
  readonly acr: string;
}

interface SignedIn {
  readonly tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;
  readonly claims: client.IDToken;
  readonly browser: Browserless;
}

export interface Check {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Every flow of `openid-client` 6 that the contract names (§6), unmodified, each as one check. Run them in order. */
export function createChecks(target: InteropTarget): readonly Check[] {
  const { redirectUri } = target;
  const configure = (id: string, secret: string) =>
    client.discovery(new URL(target.issuer), id, secret, client.ClientSecretBasic(secret), {
      execute: [client.enableNonRepudiationChecks, client.allowInsecureRequests],
    });
  const relyingParty = once(() => configure(target.clientId, target.clientSecret));
  /** One sign-in serves the checks that only need tokens. */
  const session = once(() => authorize(createBrowserless()));

  async function authorize(
    browser: Browserless,
    { par = false, scope = 'openid profile offline_access' } = {},
  ) {
    const config = await relyingParty();
    const codeVerifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const parameters = {
      redirect_uri: redirectUri,
      scope,
      // SPEC: OIDC Core §11 asks `prompt=consent` for offline access; the contract says that it is not needed, and
      // that it does no harm.
      ...(par ? {} : { prompt: 'consent' }),
      acr_values: target.acr,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    const url = par
      ? await client.buildAuthorizationUrlWithPAR(config, parameters)
      : client.buildAuthorizationUrl(config, parameters);
    const page = await signIn(browser, url, target.person, { ...target, stopAt: redirectUri });
    assertArrived(page);
    const checks = {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    };
    const tokens = await client.authorizationCodeGrant(config, page.url, checks);
    const claims = tokens.claims();
    assert(claims !== undefined);
    return { tokens, claims, browser, callback: page.url, checks, url };
  }

  function assertArrived(page: Page): void {
    assert(
      page.url.href.startsWith(redirectUri),
      `stopped at ${page.url.pathname} (${page.status}, ${page.alertCode ?? 'no alert'})`,
    );
  }

  return [
    {
      title: 'discovery, authorization code with PKCE S256, ID token verified by JWKS',
      run: async () => {
        const { claims } = await session();
        assert.equal(claims.iss, target.issuer);
        assert.equal(claims.acr, target.acr);
        assert(Array.isArray(claims.amr) && claims.amr.length > 0);
        assert.equal(typeof claims.auth_time, 'number');
        assert.equal(typeof claims.sid, 'string');
      },
    },
    {
      title: 'a code redeemed twice is refused',
      run: async () => {
        // A session of its own: a replayed code takes back what the application holds of that session.
        const { callback, checks } = await authorize(createBrowserless());
        await assertRefused(
          client.authorizationCodeGrant(await relyingParty(), callback, checks),
          'invalid_grant',
        );
      },
    },
    {
      title: 'userinfo for the subject of the ID token',
      run: async () => {
        const { tokens, claims } = await session();
        const info = await client.fetchUserInfo(await relyingParty(), tokens.access_token, claims.sub);
        assert.equal(info.sub, claims.sub);
        assert.equal(typeof info.family_name, 'string');
      },
    },
    {
      title: 'introspection of the access token',
      run: async () => {
        const { tokens, claims } = await session();
        const answer = await client.tokenIntrospection(await relyingParty(), tokens.access_token);
        assert.deepEqual([answer.active, answer.sub, answer.client_id], [true, claims.sub, target.clientId]);
      },
    },
    {
      title: 'pushed authorization request, signed in silently by the session',
      run: async () => {
        const { claims, url } = await authorize((await session()).browser, { par: true });
        assert.match(url.searchParams.get('request_uri') ?? '', /^urn:ietf:params:oauth:request_uri:/u);
        assert.equal(claims.sub, (await session()).claims.sub);
      },
    },
    {
      title: 'refresh with rotation; a replay ends the family',
      run: async () => {
        const config = await relyingParty();
        const first = (await authorize((await session()).browser)).tokens.refresh_token ?? '';
        const second = (await client.refreshTokenGrant(config, first)).refresh_token ?? '';
        assert(second !== '' && second !== first);
        await assertRefused(client.refreshTokenGrant(config, first), 'invalid_grant');
        await assertRefused(client.refreshTokenGrant(config, second), 'invalid_grant');
      },
    },
    {
      title: 'revocation ends an access token and a refresh token',
      run: async () => {
        const config = await relyingParty();
        const { tokens } = await authorize((await session()).browser);
        await client.tokenRevocation(config, tokens.access_token);
        assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false);
        await client.tokenRevocation(config, tokens.refresh_token ?? '');
        await assertRefused(client.refreshTokenGrant(config, tokens.refresh_token ?? ''), 'invalid_grant');
      },
    },
    {
      title: 'client credentials',
      run: async () => {
        const { clientId, clientSecret, scope } = target.service;
        const config = await configure(clientId, clientSecret);
        const tokens = await client.clientCredentialsGrant(config, { scope });
        assert.deepEqual([tokens.token_type, tokens.scope], ['bearer', scope]);
        assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, true);
      },
    },
    {
      title: 'RP-initiated logout ends the session at the provider',
      run: async () => {
        const { tokens, browser }: SignedIn = await session();
        const url = client.buildEndSessionUrl(await relyingParty(), {
          id_token_hint: tokens.id_token ?? '',
          post_logout_redirect_uri: target.postLogoutRedirectUri,
          state: 'after',
        });
        const stopAt = target.postLogoutRedirectUri;
        let page = await browser.get(url, { stopAt });
        // A provider may ask whether the person means it: its page has one form.
        const [form] = page.forms;
        if (!page.url.href.startsWith(stopAt) && form)
          page = await browser.submit(page, form.id, {}, { stopAt });
        assert(page.url.href.startsWith(stopAt), `stopped at ${page.url.pathname}`);
        assert.equal(page.url.searchParams.get('state'), 'after');
        const silent = client.buildAuthorizationUrl(await relyingParty(), {
          redirect_uri: redirectUri,
          scope: 'openid',
          prompt: 'none',
          code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
          code_challenge_method: 'S256',
        });
        const answer = await browser.get(silent, { stopAt: redirectUri });
        assert.equal(answer.url.searchParams.get('error'), 'login_required');
      },
    },
  ];
}

async function assertRefused(call: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert(error instanceof client.ResponseBodyError, String(error));
    assert.equal(error.error, code);
    return true;
  });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
