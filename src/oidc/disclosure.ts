import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Outbox } from '#notify/index.ts';
import type { Store } from '#store/index.ts';
import { modelSpecs } from './collections.ts';
import { createLogoutQueue } from './logout-queue.ts';
import { createSessions } from './sessions.ts';
import { createStanding } from './standing.ts';

/**
 * What may have been issued under a disclosed key, besides the sessions: grants, without which no token counts, tokens,
 * codes and sign-ins under way. Not the assertions that applications have used: those stay used.
 */
export const issuedCollections: readonly string[] = Object.entries(modelSpecs)
  .filter(([model]) => model !== 'Session' && model !== 'ReplayDetection')
  .map(([, { name }]) => name)
  .toSorted();

/**
 * Ends every session of everybody; resolves to how many. Applications are told by whichever instance runs, through the
 * outbox. Leaves what was issued without a session: see `issuedCollections`.
 */
export function endEverySession(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly directory: Directory;
  readonly outbox: Pick<Outbox, 'enqueue'>;
  readonly sessionSettings: { readonly idleSeconds: number; readonly maxSeconds: number };
  readonly reason: string;
}): Promise<number> {
  const { sessionSettings, reason } = deps;
  const sessions = createSessions({
    ...deps,
    standing: createStanding(deps.directory),
    idleSeconds: sessionSettings.idleSeconds,
    notifyLogout: createLogoutQueue({ ...deps, sessionSeconds: sessionSettings.maxSeconds }),
  });
  return sessions.endEvery(reason);
}
