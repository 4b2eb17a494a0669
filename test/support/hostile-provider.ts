import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ACR } from '#kernel/index.ts';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import type { Upstream } from '../../src/methods/pro-sante-connect/index.ts';

type Endpoint = 'discovery' | 'token' | 'jwks' | 'userinfo';
/** What an endpoint may do instead of answering. */
export type Trouble = 'slow' | 'redirect' | 'huge' | 'html' | 'failure';

/** How the provider misbehaves; all of it may be changed between two requests. */
export interface Behaviour {
  trouble: Partial<Record<Endpoint, Trouble>>;
  /** Changes the claims of the next ID tokens. */
  claims: (claims: JWTPayload) => JWTPayload;
  signature: 'good' | 'another-key' | 'none' | 'hs256';
  userinfo: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface HostileProvider {
  readonly issuer: string;
  readonly upstream: Upstream;
  readonly behaviour: Behaviour;
  /** How often each endpoint was asked. */
  readonly asked: Record<Endpoint, number>;
  /** Puts everything right again. */
  reset(): void;
  /** Takes a new signing key; the former is published no more. */
  rotateKey(): Promise<void>;
  /** The query string with which a browser that was sent to `address` comes back. */
  signIn(address: string): string;
  /** A logout token; `change` makes it a wrong one. */
  logoutToken(change?: (claims: JWTPayload) => JWTPayload): Promise<string>;
  close(): Promise<void>;
}

/** Mutual TLS: its own certificate, and what it asks of its clients', instead of a secret. PEM. */
export interface ProviderTls {
  readonly cert: string;
  readonly key: string;
  /** Who issues the certificates of clients. */
  readonly clientAuthority: string;
  /** The common name of the one client. */
  readonly clientName: string;
  /** Ends the handshake of anybody else, instead of answering them (RFC 8705 leaves both open). */
  readonly isStrict?: boolean;
}

const CLIENT = { id: 'trousseau', secret: 'secret-of-a-test' };
const CODES_LIVE = 60;

/** An OpenID provider that signs whatever it is told to, on a real socket. */
export async function startHostileProvider(tls?: ProviderTls): Promise<HostileProvider> {
  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  const server = tls
    ? createTlsServer(
        {
          cert: tls.cert,
          key: tls.key,
          ca: tls.clientAuthority,
          requestCert: true,
          rejectUnauthorized: tls.isStrict ?? false,
        },
        listener,
      )
    : createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/realms/test`;
  const asked: Record<Endpoint, number> = { discovery: 0, token: 0, jwks: 0, userinfo: 0 };
  const codes = new Map<string, { nonce: string; challenge: string; redirectUri: string }>();
  const other = await generateKeyPair('RS256', { extractable: true });
  let key = { kid: 'k1', ...(await generateKeyPair('RS256', { extractable: true })) };
  const behaviour: Behaviour = honest();

  function honest(): Behaviour {
    return {
      trouble: {},
      claims: claims => claims,
      signature: 'good',
      userinfo: { SubjectNameID: '899700366240', given_name: 'Claire', family_name: 'Dupont' },
      metadata: {},
    };
  }

  async function sign(claims: JWTPayload, header: { typ?: string } = {}): Promise<string> {
    if (behaviour.signature === 'none') return new UnsecuredJWT(claims).encode();
    if (behaviour.signature === 'hs256') {
      const { n = '' } = await exportJWK(key.publicKey);
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(Buffer.from(n, 'base64url'));
    }
    const { privateKey } = behaviour.signature === 'another-key' ? other : key;
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header }).sign(privateKey);
  }

  function idClaims(nonce: string): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    return behaviour.claims({
      iss: issuer,
      aud: CLIENT.id,
      sub: 'f:1234:ANS899700366240',
      sid: 'session-1',
      iat: now,
      exp: now + 120,
      auth_time: now,
      acr: 'eidas1',
      nonce,
    });
  }

  function isClient({ socket }: IncomingMessage, form: URLSearchParams): boolean {
    if (!tls) return form.get('client_secret') === CLIENT.secret;
    return (
      socket instanceof TLSSocket &&
      socket.authorized &&
      socket.getPeerCertificate().subject.CN === tls.clientName &&
      form.get('client_id') === CLIENT.id
    );
  }

  const endpoints: Record<Endpoint, (request: IncomingMessage) => Promise<object>> = {
    discovery: async () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      end_session_endpoint: `${issuer}/logout`,
      ...behaviour.metadata,
    }),
    jwks: async () => ({
      keys: [{ ...(await exportJWK(key.publicKey)), kid: key.kid, use: 'sig', alg: 'RS256' }],
    }),
    async token(request) {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const form = new URLSearchParams(body);
      const code = form.get('code') ?? '';
      const known = codes.get(code);
      codes.delete(code);
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (!isClient(request, form)) return { error: 'invalid_client' };
      const isRight = known?.challenge === challenge && known.redirectUri === form.get('redirect_uri');
      if (!known || !isRight) return { error: 'invalid_grant' };
      return {
        access_token: randomBytes(16).toString('hex'),
        token_type: 'Bearer',
        expires_in: CODES_LIVE,
        id_token: await sign(idClaims(known.nonce)),
      };
    },
    userinfo: async () => ({ sub: 'f:1234:ANS899700366240', ...behaviour.userinfo }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = /\/(auth|token|jwks|userinfo|\.well-known\/wallet-openid-configuration)$/u.exec(
      new URL(request.url ?? '/', issuer).pathname,
    )?.[1];
    const endpoint = name?.startsWith('.well-known') ? 'discovery' : (name as Endpoint);
    const answer = endpoints[endpoint];
    if (!(endpoint in endpoints)) return void response.writeHead(404).end();
    asked[endpoint] += 1;
    const json = { 'content-type': 'application/json' };
    switch (behaviour.trouble[endpoint]) {
      case 'slow':
        return;
      case 'redirect':
        return void response.writeHead(302, { location: `${issuer}/elsewhere` }).end();
      case 'html':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Portail captif</p>');
      case 'failure':
        return void response.writeHead(500, json).end('{}');
      case 'huge': {
        response.writeHead(200, json);
        return void response.end(JSON.stringify({ filler: 'x'.repeat(1024 * 1024) }));
      }
      case undefined: {
        const body = await answer(request);
        response.writeHead('error' in body ? 400 : 200, json).end(JSON.stringify(body));
      }
    }
  }

  return {
    issuer,
    asked,
    behaviour,
    upstream: {
      id: 'pro-sante-connect',
      codes: 'psc',
      label: 'Pro Santé Connect',
      issuer,
      discoveryUrl: `${issuer}/.well-known/wallet-openid-configuration`,
      clientId: CLIENT.id,
      authentication: { kind: 'client_secret_post', secret: CLIENT.secret },
      scope: 'openid scope_all',
      requiredAcrs: ['eidas1'],
      requiredAmrs: [],
      binding: { kind: 'national_id', claim: 'SubjectNameID' },
      acr: ACR.card,
      timeoutSeconds: 2,
    },
    reset: () => void Object.assign(behaviour, honest()),
    async rotateKey() {
      key = {
        kid: randomBytes(4).toString('hex'),
        ...(await generateKeyPair('RS256', { extractable: true })),
      };
    },
    signIn(address) {
      const { searchParams } = new URL(address);
      const code = randomBytes(16).toString('hex');
      codes.set(code, {
        nonce: searchParams.get('nonce') ?? '',
        challenge: searchParams.get('code_challenge') ?? '',
        redirectUri: searchParams.get('redirect_uri') ?? '',
      });
      return new URLSearchParams({ code, state: searchParams.get('state') ?? '' }).toString();
    },
    logoutToken(change = claims => claims) {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuer,
        aud: CLIENT.id,
        iat: now,
        exp: now + 120,
        jti: randomBytes(8).toString('hex'),
        sid: 'session-1',
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      };
      return sign(change(claims), { typ: 'logout+jwt' });
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
