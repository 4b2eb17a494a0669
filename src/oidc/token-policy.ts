import {
  errors,
  type AccessToken,
  type Client,
  type ClientCredentials,
  type KoaContextWithOIDC,
  type RefreshToken,
} from 'oidc-provider';
import type { AuthorizationPorts } from './policy.ts';
import type { RevokeReplayed } from './replays.ts';

/**
 * SECURITY: rights change while a session lives: a refresh asks again what the authorization has asked. Throws
 * `invalid_grant` when the application is closed to this person now; the token is not used up by that.
 */
export async function refuseClosed(
  { oidc }: KoaContextWithOIDC,
  account: { readonly id: string; readonly isActive: boolean },
  ports: AuthorizationPorts,
): Promise<void> {
  if (oidc.route !== 'token' || oidc.params?.['grant_type'] !== 'refresh_token') return;
  const clientId = oidc.client?.clientId ?? '';
  const reason = account.isActive ? await ports.refusesApplication(account.id, clientId) : 'account_inactive';
  if (reason === null) return;
  await ports.onApplicationRefused(account.id, clientId, reason);
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
 * shown. SECURITY: a token of a person whose account is not active is answered as inactive. Expiry, grant and session
 * are verified by oidc-provider.
 */
export async function mayIntrospect(
  client: Client,
  token: AccessToken | ClientCredentials | RefreshToken,
  isActive: (accountId: string) => Promise<boolean>,
): Promise<boolean> {
  if (client.clientAuthMethod === 'none') return false;
  const isOwn = token.clientId === client.clientId;
  if (!isOwn && !(client.scope ?? '').split(' ').includes('access:evaluate')) return false;
  return 'accountId' in token ? isActive(token.accountId) : true;
}
