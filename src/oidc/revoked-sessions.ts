import type { Directory } from '#directory/index.ts';
import type { Sessions } from './sessions.ts';

/** People looked at together. */
const PAGE = 100;

/**
 * Ends, with their tokens and towards relying parties, the sessions of everybody whose account was suspended, closed
 * or opened again since, by whatever process. They count for nothing before that: this is what tells the others.
 */
export async function endRevokedSessions(deps: {
  readonly professionals: Directory['professionals'];
  readonly sessions: Pick<Sessions, 'endRevoked'>;
}): Promise<void> {
  const { professionals, sessions } = deps;
  let after: string | undefined;
  do {
    const page = await professionals.withSessionsToEnd({
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    for (const { id, sessionsEpoch = 0 } of page.items) {
      await sessions.endRevoked(id);
      // ORDER: noted only once they are ended: a crash between the two ends them again, which does nothing.
      await professionals.noteSessionsEnded(id, sessionsEpoch);
    }
    after = page.next;
  } while (after !== undefined);
}
