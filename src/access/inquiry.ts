import { ACR, normaliseAcr, type Clock } from '#kernel/index.ts';
import type { Caller, SessionFacts } from './caller.ts';
import type { DecisionRequest } from './request.ts';

/** A request whose time, level and network are settled: what resource types judge. */
export interface Inquiry {
  readonly atMs: number;
  /** Judged at another moment than now. */
  readonly isSimulated: boolean;
  readonly subject: DecisionRequest['subject'];
  readonly action: string;
  readonly resource: {
    readonly type: string;
    readonly id: string;
    /** For administration: the organisation that the act is about, and the profile given or removed. */
    readonly organisation?: string | undefined;
    readonly profile?: string | undefined;
    /** For `rcp_register`: the session that the patient is to be entered in. */
    readonly rcp?: string | undefined;
  };
  /** `undefined`: neither the request nor the application names one. */
  readonly network: string | undefined;
  readonly purpose: string;
  readonly reason: string;
  readonly onBehalfOf: string | undefined;
  readonly session: 'none' | 'live' | 'ended';
  /** The live session's, for `touch`. */
  readonly sessionUid: string | undefined;
  /** The ladder's own name; `undefined`: none, or unknown. */
  readonly acr: string | undefined;
  /** How long ago the person signed in; `undefined`: not known, and so never recent. */
  readonly authAgeSeconds: number | undefined;
  readonly clientId: string;
}

/** The scope without which `context.time` does not count. */
const SIMULATE = 'access:simulate';

/** The instant that a caller who may simulate asks about; `undefined`: the question is about now. */
export function simulatedTime(
  { time, sid }: NonNullable<DecisionRequest['context']> = {},
  { application, scopes }: Caller,
): string | undefined {
  return sid === undefined && application.canSimulate && scopes.has(SIMULATE) ? time : undefined;
}

/**
 * Settles level, time and network (contract §7). A `sid` fixes the level and is judged at real time; `context.acr`
 * counts only from an application that may assert it, `context.time` only from one that may simulate.
 */
export async function inquire(
  { subject, action, resource, context = {} }: DecisionRequest,
  caller: Caller,
  { clock, sessions }: { clock: Clock; sessions: SessionFacts },
): Promise<Inquiry> {
  const { clientId, application } = caller;
  const { sid, acr, purpose = 'normal', reason = '', on_behalf_of: onBehalfOf } = context;
  const found = sid === undefined ? null : await sessions.findBySid(sid);
  const session = found?.accountId === subject.id ? found : null;
  const asserted = sid === undefined && application.assertsAcr ? acr : undefined;
  const simulated = simulatedTime(context, caller);
  return {
    atMs: simulated === undefined ? clock.nowMs() : Date.parse(simulated),
    isSimulated: simulated !== undefined,
    subject,
    action: action.name,
    resource: {
      type: resource.type,
      id: resource.id,
      organisation: resource.properties?.organisation,
      profile: resource.properties?.profile,
      rcp: resource.properties?.rcp,
    },
    network: resource.properties?.network ?? application.network,
    purpose,
    reason,
    onBehalfOf,
    session: sid === undefined ? 'none' : session ? 'live' : 'ended',
    sessionUid: session?.uid,
    acr: normaliseAcr(session ? session.acr : asserted),
    authAgeSeconds: session?.authTime === undefined ? undefined : clock.now() - session.authTime,
    clientId,
  };
}

/**
 * A question of the service itself, at this moment, without a session: rule 5 then asks nothing more, because whoever
 * asks has settled the level by other means (docs/adr/0006).
 */
export function ownInquiry(asked: {
  readonly nowMs: number;
  readonly account: string;
  readonly action: string;
  readonly resource: Inquiry['resource'];
  readonly network?: string | undefined;
  readonly clientId?: string;
  /** A session that was looked at; by default the level is settled, and the sign-in recent. */
  readonly session?: { readonly acr: string | undefined; readonly authTime: number } | undefined;
}): Inquiry {
  return {
    atMs: asked.nowMs,
    isSimulated: false,
    subject: { type: 'account', id: asked.account },
    action: asked.action,
    resource: asked.resource,
    network: asked.network,
    purpose: 'normal',
    reason: '',
    onBehalfOf: undefined,
    session: 'none',
    sessionUid: undefined,
    acr: asked.session ? normaliseAcr(asked.session.acr) : ACR.card,
    authAgeSeconds: asked.session ? Math.floor(asked.nowMs / 1000) - asked.session.authTime : 0,
    clientId: asked.clientId ?? 'trousseau',
  };
}
