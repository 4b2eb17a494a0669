import type { Audit } from '#audit/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Caller } from '../caller.ts';
import { rcpSessionRemoved, rcpSessionSaved } from '../events.ts';
import { rcpSessionsSpec, type RcpSessionDoc, type RcpSessionEvent } from './collections.ts';
import type { Collected, Guards } from './guards.ts';
import { isoOf } from './instants.ts';
import * as refusals from './refusals.ts';

/** A tumour board as the request tells it. */
export type RcpSessionInput = Pick<
  RcpSessionDoc,
  'id' | 'network' | 'fromMs' | 'toMs' | 'patients' | 'participants' | 'registrants'
>;

/**
 * RCP sessions, each whole. Throws as `Guards.enter` and `Guards.collector`; `access.entry_unknown` (404) for a
 * session that is not there.
 */
export interface RcpSessions {
  /** Replaces what was said of it before; a removed one is there again. */
  save(caller: Caller, session: RcpSessionInput, act: Collected): Promise<void>;
  /** Nothing of it opens a record any more; its history stays. Without `act`, the application acts by itself. */
  remove(caller: Caller, id: string, act: Collected | undefined): Promise<void>;
}

export function createRcpSessions(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly guards: Guards;
}): RcpSessions {
  const { clock, audit, guards } = deps;
  const sessions = deps.store.collection(rcpSessionsSpec);

  const traceOf = ({ clientId }: Caller, act: Collected | undefined) => ({
    actor: act?.by ?? `client:${clientId}`,
    client: clientId,
    outcome: 'success' as const,
  });
  const toldOf = (act: Collected | undefined) => ({
    method: act?.method,
    collectedAt: act && isoOf(act.at),
  });

  return {
    async save(caller, session, act) {
      const { id, network, fromMs, toMs, patients, participants, registrants = [] } = session;
      await guards.enter(caller, { network });
      // SECURITY: a session of another network is not taken over by its name.
      const refuseForeign = (known: RcpSessionDoc | null) => {
        if (known && known.network !== network) throw refusals.networkRefused();
      };
      refuseForeign(await sessions.get(id));
      await guards.collector(act, { network }, 'opens');
      await guards.accounts([
        ...participants.map(({ account }, at) => [`participants.${at}.account`, account] as const),
        ...registrants.map((account, at) => [`registrants.${at}`, account] as const),
      ]);
      // ORDER: a session opens records, so its trace comes first.
      await audit.record(rcpSessionSaved, {
        ...traceOf(caller, act),
        data: {
          session: id,
          network,
          from: fromMs === undefined ? undefined : isoOf(fromMs),
          to: toMs === undefined ? undefined : isoOf(toMs),
          patients: patients.length,
          participants: participants.length,
          registrants: registrants.length,
          ...toldOf(act),
        },
      });
      const noted = noteOf('saved', caller, act, clock.nowMs());
      const replace = (known: RcpSessionDoc): RcpSessionDoc => {
        refuseForeign(known);
        return { ...session, ...noted(known) };
      };
      for (;;) {
        if (await sessions.update(id, replace)) return;
        try {
          return await sessions.insert({ ...session, ...noted({ history: [] }) });
        } catch (error) {
          if (!isAppError(error, 'store.conflict')) throw error;
        }
      }
    },

    async remove(caller, id, act) {
      const { network } = caller.application;
      const known = await sessions.get(id);
      // SECURITY: another network's session is as unknown as one that does not exist.
      if (!known || network === undefined || !isThere(known, network)) throw refusals.entryUnknown();
      if (act) await guards.collector(act, { network }, 'closes');
      const nowMs = clock.nowMs();
      const noted = noteOf('removed', caller, act, nowMs);
      // ORDER: closing comes first.
      const removed = await sessions.update(id, session => {
        if (!isThere(session, network)) throw refusals.entryUnknown();
        return { id, network, patients: [], participants: [], removedAtMs: nowMs, ...noted(session) };
      });
      if (!removed) throw refusals.entryUnknown();
      await audit.record(rcpSessionRemoved, {
        ...traceOf(caller, act),
        data: { session: id, network, ...toldOf(act) },
      });
    },
  };
}

const isThere = (session: RcpSessionDoc, network: string): boolean =>
  session.network === network && session.removedAtMs === undefined;

type Memory = Pick<RcpSessionDoc, 'history' | 'proofs'>;

/** Appends the act to what a session remembers. */
function noteOf(kind: RcpSessionEvent['kind'], caller: Caller, act: Collected | undefined, nowMs: number) {
  const event: RcpSessionEvent = {
    kind,
    recordedAtMs: nowMs,
    client: caller.clientId,
    ...(act && { by: act.by, method: act.method, collectedAtMs: act.at }),
  };
  const document = act?.document;
  return ({ history, proofs = [] }: Memory): Memory => ({
    history: [...history, event],
    proofs: document === undefined ? proofs : [...proofs, { recordedAtMs: nowMs, document }],
  });
}
