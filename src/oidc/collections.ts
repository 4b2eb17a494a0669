import type { AdapterPayload } from 'oidc-provider';
import type { CollectionSpec, Doc } from '#store/index.ts';
import type { SessionExtras } from './session.ts';

/** What oidc-provider keeps, without the token's own value: `id` is its hash. */
export interface OidcDoc extends Doc {
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresAt?: number;
}

const plain = (name: string): CollectionSpec<OidcDoc> => ({
  name: `oidc_${name}`,
  version: 1,
  indexes: {},
});

/**
 * How long a session that ran out is still kept, read by nobody: as long as the service may be down and still tell
 * applications of its end.
 */
const KEPT_SECONDS = 86_400;

/** Until when the store keeps a session that ends at `endsAt` (epoch seconds). One of nobody is not missed. */
export function keptUntil({ accountId }: AdapterPayload, endsAt: number): number {
  return accountId === undefined ? endsAt : endsAt + KEPT_SECONDS;
}

/** Epoch seconds: when a stored session ends unless something happens. */
export function endOf({ payload, expiresAt = 0 }: OidcDoc): number {
  return payload.accountId === undefined ? expiresAt : expiresAt - KEPT_SECONDS;
}

/**
 * Sessions are found by every `sid` that a relying party knows, by their uid (which tokens carry) and by account.
 * Tokens need no index by grant: oidc-provider looks at the grant on each use, so that removing the grant kills them.
 */
export const sessionsSpec: CollectionSpec<OidcDoc> = {
  name: 'oidc_sessions',
  version: 3,
  indexes: {
    uid: { key: doc => doc.payload.uid },
    account: { key: doc => doc.payload.accountId },
    sid: {
      key: ({ payload }) => Object.values(payload.authorizations ?? {}).flatMap(({ sid }) => sid ?? []),
    },
    // Of somebody, in the order of their ends.
    end: { key: doc => (doc.payload.accountId === undefined ? null : String(endOf(doc)).padStart(12, '0')) },
    origin: { key: ({ payload }) => (payload as SessionExtras).origins },
  },
};

export const grantsSpec = plain('grants');

/** By the model's name in oidc-provider. A model that is not here is a feature that is off. */
export const modelSpecs: Readonly<Record<string, CollectionSpec<OidcDoc>>> = {
  Session: sessionsSpec,
  Grant: grantsSpec,
  // SECURITY: it holds the value of the session's cookie, with which whoever stole the table would be signed in.
  Interaction: { ...plain('interactions'), sealed: ['payload'] },
  AuthorizationCode: plain('codes'),
  AccessToken: plain('access_tokens'),
  RefreshToken: plain('refresh_tokens'),
  ClientCredentials: plain('client_credentials'),
  PushedAuthorizationRequest: plain('pushed_requests'),
  ReplayDetection: plain('replays'),
};

/** Sessions that were ended: a request under way must not write one of them back. */
export const endedSessionsSpec: CollectionSpec<Doc> = {
  name: 'oidc_ended_sessions',
  version: 1,
  indexes: {},
};
