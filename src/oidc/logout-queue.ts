import type { Clock } from '#kernel/index.ts';
import type { Outbox } from '#notify/index.ts';

/** The outbox's name for a back-channel logout. */
export const LOGOUT_KIND = 'oidc.backchannel-logout';

/** Queues the back-channel logout of one relying party, durably; once for one `sid`. */
export type QueueLogout = (clientId: string, accountId: string, sid: string) => Promise<void>;

/** What is told later than a session can last is of no use to anybody. */
export function createLogoutQueue(deps: {
  readonly outbox: Pick<Outbox, 'enqueue'>;
  readonly clock: Clock;
  readonly sessionSeconds: number;
}): QueueLogout {
  const { outbox, clock, sessionSeconds } = deps;
  return (clientId, accountId, sid) =>
    outbox.enqueue(
      LOGOUT_KIND,
      { clientId, accountId, sid },
      { id: `logout:${sid}`, notAfterAt: clock.now() + sessionSeconds },
    );
}
