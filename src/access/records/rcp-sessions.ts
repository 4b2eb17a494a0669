import type { Audit } from '#audit/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Caller } from '../caller.ts';
import { rcpSessionRemoved, rcpSessionSaved } from '../events.ts';
import { rcpSessionsSpec, type RcpSessionDoc } from './collections.ts';
import type { Guards } from './guards.ts';
import { isoOf } from './instants.ts';
import * as refusals from './refusals.ts';

/** A tumour board as the request tells it. */
export type RcpSessionInput = Pick<
  RcpSessionDoc,
  'id' | 'network' | 'fromMs' | 'toMs' | 'patients' | 'participants'
>;

/** RCP sessions, each whole. Throws as `Guards.enter`; `access.entry_unknown` (404) for a session that is not there. */
export interface RcpSessions {
  /** Replaces what was said of it before. */
  save(caller: Caller, session: RcpSessionInput, by: string | undefined): Promise<void>;
  remove(caller: Caller, id: string, by: string | undefined): Promise<void>;
}

export function createRcpSessions(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly guards: Guards;
}): RcpSessions {
  const { clock, audit, guards } = deps;
  const sessions = deps.store.collection(rcpSessionsSpec);

  const actorOf = ({ clientId }: Caller, by: string | undefined) => by ?? `client:${clientId}`;

  return {
    async save(caller, session, by) {
      const { id, network, fromMs, toMs, patients, participants } = session;
      await guards.enter(caller, { network });
      for (const { account } of participants) await guards.target({ account });
      // ORDER: a session opens records, so its trace comes first.
      await audit.record(rcpSessionSaved, {
        actor: actorOf(caller, by),
        client: caller.clientId,
        outcome: 'success',
        data: {
          session: id,
          network,
          from: fromMs === undefined ? undefined : isoOf(fromMs),
          to: toMs === undefined ? undefined : isoOf(toMs),
          patients: patients.length,
          participants: participants.length,
        },
      });
      const event = {
        kind: 'saved' as const,
        recordedAtMs: clock.nowMs(),
        client: caller.clientId,
        ...(by !== undefined && { by }),
      };
      const replace = ({ network: known, history }: RcpSessionDoc): RcpSessionDoc => {
        // SECURITY: a session of another network is not taken over by its name.
        if (known !== network) throw refusals.networkRefused();
        return { ...session, history: [...history, event] };
      };
      for (;;) {
        if (await sessions.update(id, replace)) return;
        try {
          return await sessions.insert({ ...session, history: [event] });
        } catch (error) {
          if (!isAppError(error, 'store.conflict')) throw error;
        }
      }
    },

    async remove(caller, id, by) {
      const known = await sessions.get(id);
      // SECURITY: another network's session is as unknown as one that does not exist.
      if (!known || known.network !== caller.application.network) throw refusals.entryUnknown();
      // ORDER: closing comes first.
      await sessions.remove(id);
      await audit.record(rcpSessionRemoved, {
        actor: actorOf(caller, by),
        client: caller.clientId,
        outcome: 'success',
        data: { session: id, network: known.network },
      });
    },
  };
}
