import { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import type { AuthorizationPorts } from './policy.ts';
import type { RevokeReplayed } from './replays.ts';

/**
 * SECURITY: rights change while a session lives: a refresh asks again what the authorization has asked. Throws
 * `invalid_grant` when the application is closed to this person now; the token is not used up by that.
 */
export async function refuseClosed(
  { oidc }: KoaContextWithOIDC,
  accountId: string,
  ports: AuthorizationPorts,
): Promise<void> {
  if (oidc.route !== 'token' || oidc.params?.['grant_type'] !== 'refresh_token') return;
  const clientId = oidc.client?.clientId ?? '';
  const reason = await ports.refusesApplication(accountId, clientId);
  if (reason === null) return;
  await ports.onApplicationRefused(accountId, clientId, reason);
  throw new errors.InvalidGrant('the application is not open to this person any more');
}

/**
 * Asked before a grant goes. At the token endpoint only a replay takes one away. An access token given back takes
 * nothing else with it; a refresh token does (RFC 7009 §2.1).
 */
export async function mayRevokeGrant(
  ctx: KoaContextWithOIDC,
  revokeReplayed: RevokeReplayed,
): Promise<boolean> {
  const { route, entities, params, provider } = ctx.oidc;
  if (route !== 'token') return route !== 'revocation' || entities.AccessToken === undefined;
  const replayed =
    entities.RefreshToken ??
    (await provider.AuthorizationCode.find(String(params?.['code']), { ignoreExpiration: true }));
  if (replayed) await revokeReplayed(replayed);
  return true;
}

/**
 * Its own tokens; and those of others for a back end that asks for decisions, which must know whose token it was
 * shown. Expiry, grant and session are verified by oidc-provider: with its account's standing a session ends, and
 * with the session its tokens.
 */
export function mayIntrospect(client: Client, token: { clientId?: string | undefined }): boolean {
  if (client.clientAuthMethod === 'none') return false;
  return token.clientId === client.clientId || (client.scope ?? '').split(' ').includes('access:evaluate');
}

/**
 * SPEC: RFC 9470 §6.2: what introspection tells of the sign-in that a person's access token comes from. Its own: a
 * level that the session earns later belongs to the tokens that are issued later. A back end's own token has none.
 */
export function originOf({ oidc }: KoaContextWithOIDC): { acr?: string; auth_time?: number } {
  const { acr, authTime } = oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken ?? {};
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  };
}
