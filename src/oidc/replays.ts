import type { Audit } from '#audit/index.ts';
import { hashToken } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { grantsSpec } from './collections.ts';
import { grantReplayed } from './events.ts';

/** What was used a second time, as oidc-provider keeps it. */
export interface ReplayedToken {
  readonly kind?: string | undefined;
  readonly grantId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
}

/**
 * Takes back everything that a replayed code or refresh token has led to (RFC 6749 §4.1.2 and §10.4), and leaves its
 * trace. Idempotent. Throws `audit.unavailable` (503), after the grant is gone.
 */
export type RevokeReplayed = (token: ReplayedToken) => Promise<void>;

export function createReplays(deps: { readonly store: Store; readonly audit: Audit }): RevokeReplayed {
  const grants = deps.store.collection(grantsSpec);
  return async ({ kind, grantId, accountId, clientId }) => {
    if (grantId === undefined) return;
    // INVARIANT: of many replays at once exactly one takes the grant away, and that one is recorded.
    if (!(await grants.consume(hashToken(grantId)))) return;
    await deps.audit.record(grantReplayed, {
      account: accountId,
      client: clientId,
      ...(clientId === undefined ? {} : { actor: `client:${clientId}` }),
      outcome: 'refused',
      data: { reason: kind === 'RefreshToken' ? 'refresh_replayed' : 'code_replayed' },
    });
  };
}
