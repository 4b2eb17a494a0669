import type { Application, Directory } from '#directory/index.ts';
import { AppError, hashToken, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Context } from 'koa';
import { API_SCOPES, isSecretAmong, secretHashesOf } from './clients.ts';
import { modelSpecs, type OidcDoc } from './collections.ts';
import type { CollectionSpec } from '#store/index.ts';

/** A back end that has proven who it is. */
export interface ApiCaller {
  readonly clientId: string;
  /** API scopes in force: of the token, or with HTTP Basic all those of the application. */
  readonly scopes: ReadonlySet<string>;
  readonly application: Application;
}

export interface ApiCallers {
  /**
   * Reads `Authorization`: a bearer token of the client credentials grant, or HTTP Basic client credentials
   * (RFC 6749 §2.3.1) of an application that declares a secret as its means, or no means. Verifies neither a scope nor a network. Throws 401 `access.unauthenticated` (RFC 6750 §3).
   */
  authenticate(ctx: Context): Promise<ApiCaller>;
}

const apiScopes = new Set<string>(API_SCOPES);

/** Who calls our APIs. People's tokens are refused: a browser never asks for decisions. */
export function createApiCallers(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly directory: Directory;
}): ApiCallers {
  const { clock, directory } = deps;
  const tokens = deps.store.collection(modelSpecs['ClientCredentials'] as CollectionSpec<OidcDoc>);

  async function byToken(value: string): Promise<ApiCaller | null> {
    const doc = await tokens.get(hashToken(value));
    const clientId = doc?.payload.clientId;
    const application = clientId === undefined ? null : await directory.applications.get(clientId);
    if (!application) return null;
    // A scope that was taken from the application since is not in force any more.
    const granted = (doc?.payload.scope ?? '').split(' ');
    const held = granted.filter(scope => application.scopes.includes(scope) && apiScopes.has(scope));
    return { clientId: application.id, scopes: new Set(held), application };
  }

  async function bySecret(encoded: string): Promise<ApiCaller | null> {
    const [id, secret] = decodeBasic(encoded) ?? [];
    if (id === undefined || secret === undefined) return null;
    const application = await directory.applications.get(id);
    // SECURITY: compared even for nobody, so that the time does not tell which applications exist.
    const isRight = isSecretAmong(application ? secretHashesOf(application, clock.nowMs()) : [], secret);
    if (!application || !isRight) return null;
    const held = application.scopes.filter(scope => apiScopes.has(scope));
    return { clientId: application.id, scopes: new Set(held), application };
  }

  return {
    async authenticate(ctx) {
      const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/u.exec(ctx.get('Authorization').trim()) ?? [];
      const caller =
        scheme.toLowerCase() === 'bearer'
          ? await byToken(value)
          : scheme.toLowerCase() === 'basic'
            ? await bySecret(value)
            : null;
      if (caller) return caller;
      ctx.set('WWW-Authenticate', 'Bearer realm="trousseau", Basic realm="trousseau"');
      throw new AppError({
        code: 'access.unauthenticated',
        status: 401,
        publicMessage: 'L’application appelante n’a pas été reconnue.',
      });
    },
  };
}

/** SPEC: RFC 6749 §2.3.1: both parts are form-encoded before Basic; raw ones are accepted when they decode to themselves. */
function decodeBasic(encoded: string): readonly [string, string] | null {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  const decode = (part: string) => decodeURIComponent(part.replaceAll('+', '%20'));
  try {
    return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))];
  } catch {
    return [text.slice(0, colon), text.slice(colon + 1)];
  }
}
