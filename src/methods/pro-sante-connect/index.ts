/**
 * Signing in by the word of another OpenID provider: Pro Santé Connect, and those of establishments. Owns the exchange
 * with the provider (openid-client), what is believed of it, whose account it speaks of, and the end of the
 * provider's session. Does not own levels, attempts, pages or our sessions (`signin/`, `oidc/`).
 */
import type { Accounts } from '#accounts/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Method } from '../method.ts';
import { createUpstreamClient } from './client.ts';
import { createDepartures } from './departures.ts';
import { createLogoutTokenVerifier } from './logout-token.ts';
import { createMetadataSource } from './metadata.ts';
import { createUpstreamMethod, type UpstreamLogger } from './method.ts';
import { createOutgoing } from './outgoing.ts';
import { createProviderSessions } from './provider-sessions.ts';
import { createLogoutRoutes, type EndByOrigin } from './routes.ts';
import { createTransactions } from './transactions.ts';
import type { Upstream } from './upstream.ts';

export { proSanteConnectSection, upstreamsOf } from './section.ts';
export type { Upstream, UpstreamAuthentication } from './upstream.ts';
export type { EndByOrigin } from './routes.ts';
export type { UpstreamLogger } from './method.ts';

export interface UpstreamMethodDeps {
  readonly upstream: Upstream;
  /** Our own public address. */
  readonly issuer: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly accounts: Pick<Accounts, 'findByLogin'>;
  readonly endByOrigin: EndByOrigin;
  readonly logger: UpstreamLogger;
}

/** One provider as a means of signing in, with its redirect URI at `<issuer>/arrival/<id>`. */
export function createProviderMethod(deps: UpstreamMethodDeps): Method {
  const { upstream, issuer, clock } = deps;
  const { authentication, id } = upstream;
  const outgoing = createOutgoing(authentication.kind === 'tls_client_auth' ? authentication : undefined);
  const metadata = createMetadataSource({ upstream, fetch: outgoing, clock });
  const redirectUri = `${issuer}/arrival/${id}`;
  const signedOutUri = `${issuer}/departure/${id}`;
  const departures = createDepartures({ ...deps, method: id });
  const sessions = createProviderSessions({ ...deps, method: id });
  const routes = createLogoutRoutes({
    ...deps,
    verify: createLogoutTokenVerifier({ upstream, metadata, fetch: outgoing, clock }),
    sessions,
  });
  routes.use(departures.routes.routes());
  return {
    ...createUpstreamMethod({
      ...deps,
      client: createUpstreamClient({ upstream, redirectUri, signedOutUri, outgoing, metadata, clock }),
      metadata,
      transactions: createTransactions({ ...deps, method: id }),
      sessions,
      departures,
    }),
    routes,
  };
}
