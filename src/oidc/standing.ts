import type { Directory } from '#directory/index.ts';
import type { AdapterPayload } from 'oidc-provider';
import type { SessionExtras } from './session.ts';

/**
 * Whether the sessions of an account count: the epoch that they must have been opened under, `null` when none counts
 * (suspended, closed, unknown). Always read fresh: a change of status by any process counts at the next look.
 */
export type Standing = (accountId: string) => Promise<number | null>;

export function createStanding({ professionals }: Pick<Directory, 'professionals'>): Standing {
  return async accountId => {
    const professional = await professionals.get(accountId);
    return professional?.status === 'active' ? (professional.sessionsEpoch ?? 0) : null;
  };
}

/** True for a session of before the last change of status. One that nobody has signed in to has no account to lose. */
export async function isRevoked(payload: AdapterPayload, standing: Standing): Promise<boolean> {
  if (payload.accountId === undefined) return false;
  return !isOfEpoch(payload, await standing(payload.accountId));
}

export function isOfEpoch(payload: object, epoch: number | null): boolean {
  return ((payload as SessionExtras).epoch ?? 0) === epoch;
}
