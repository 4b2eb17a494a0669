/**
 * The whole life of a request for an account, as a pure state machine: what may follow what, and who may do it. It
 * knows no name, no form and no store; the texts of questions and reasons stand sealed beside it.
 *
 *   draft ──send──▶ received ⇄ asked (ask / answer)
 *   to_confirm ──confirm──▶ received          (asked for by somebody else: the person confirms by e-mail)
 *   received, asked: judge_part               (a network that names validators answers for itself, before anybody accepts)
 *   received ──propose──▶ second_needed       (a habilitation particulière: another administrator must agree)
 *   received, second_needed ──accept──▶ accepted ──open──▶ opened
 *   accepted ──give_back──▶ received          (the account could not be opened: somebody looks at it again)
 *   received, asked, second_needed ──refuse──▶ refused
 *   everything before a decision ──withdraw──▶ withdrawn
 *   asked ──lapse──▶ withdrawn                (nobody has answered for months)
 */

export type RequestState =
  | 'draft'
  | 'to_confirm'
  | 'received'
  | 'asked'
  | 'second_needed'
  | 'accepted'
  | 'opened'
  | 'refused'
  | 'withdrawn';

/** Who treats it: the administrators of an organisation, or those of the region. */
export type Handler =
  { readonly kind: 'local'; readonly organisation: string } | { readonly kind: 'regional' };

/** Whoever does something: the person who asks, an administrator (`sub`), or the service on a date. */
export type Actor =
  | { readonly kind: 'requester' }
  | { readonly kind: 'administrator'; readonly sub: string }
  | { readonly kind: 'service' };

/** What a network that names validators answers to its part of a request. */
export interface Part {
  readonly state: 'waiting' | 'agreed' | 'refused';
  /** The validator who answered, and when (epoch seconds). */
  readonly by?: string;
  readonly at?: number;
}

export interface Life {
  readonly state: RequestState;
  /**
   * Raised by every event. INVARIANT: an administrator's act names the turn that was looked at, so that two people
   * cannot decide at once, nor anybody on what has changed meanwhile.
   */
  readonly turn: number;
  /** Absent in a draft: nobody treats it yet. */
  readonly handler?: Handler;
  /** SECURITY: accounts of the person it is about, and of who asked on their behalf: none of them decides on it. */
  readonly own: readonly string[];
  /** Epoch seconds. */
  readonly sentAt?: number;
  /** Since when the administrators have had it to treat; moved by an answer, a transfer and a first agreement. */
  readonly waitingSinceAt?: number;
  readonly askedAt?: number;
  readonly remindedAt?: number;
  readonly escalatedAt?: number;
  /** Withdrawn by the service: the question was not answered. */
  readonly lapsedAt?: number;
  /** Who accepted first, where two must agree. */
  readonly proposedBy?: string;
  readonly decidedBy?: string;
  readonly decidedAt?: number;
  /** Network → its part; only networks that named validators when the request was sent. */
  readonly parts?: Readonly<Record<string, Part>>;
  /** The `sub` that the account has, or will have: chosen with the decision, and kept by the next one, so that opening it twice makes one. */
  readonly account?: string;
}

export type LifeEvent =
  | {
      /** By who began it for themselves, or by the person for whom somebody else did. */
      readonly type: 'send' | 'confirm';
      /** Steps that are not done; computed from the very document that changes. */
      readonly missing: readonly string[];
      readonly handler: Handler;
      readonly own: readonly string[];
      /** The networks asked for that name validators: each has a part of its own. */
      readonly validated: readonly string[];
    }
  | { readonly type: 'replace_document' }
  | { readonly type: 'answer' }
  | { readonly type: 'withdraw' }
  | { readonly type: 'ask'; readonly turn: number }
  | { readonly type: 'correct'; readonly turn: number }
  | { readonly type: 'transfer'; readonly turn: number; readonly handler: Handler }
  | {
      /** The caller has made sure that the administrator is a validator of that network, or stands in for them. */
      readonly type: 'judge_part';
      readonly turn: number;
      readonly network: string;
      readonly verdict: 'agreed' | 'refused';
    }
  | { readonly type: 'propose'; readonly turn: number }
  | {
      readonly type: 'accept';
      readonly turn: number;
      readonly account: string;
      /** A profile among those given is a habilitation particulière: two administrators must agree. */
      readonly needsSecond: boolean;
    }
  | { readonly type: 'refuse'; readonly turn: number }
  | { readonly type: 'open' }
  | { readonly type: 'give_back' }
  | { readonly type: 'lapse' }
  | { readonly type: 'remind' }
  | { readonly type: 'escalate' };

export type LifeProblem =
  | 'enrolment.not_now'
  | 'enrolment.incomplete'
  | 'enrolment.not_yours'
  | 'enrolment.changed_meanwhile'
  | 'enrolment.own_request'
  | 'enrolment.part_waiting'
  | 'enrolment.second_needed'
  | 'enrolment.same_administrator';

export type Evolved =
  { readonly ok: true; readonly life: Life } | { readonly ok: false; readonly code: LifeProblem };

interface EventRule {
  readonly from: readonly RequestState[];
  readonly by: Actor['kind'];
  /** An administrator may not do it on a request of their own. */
  readonly decides?: boolean;
}

/** Which states an event may be met in, and who may bring it. */
export const RULES: Readonly<Record<LifeEvent['type'], EventRule>> = {
  send: { from: ['draft'], by: 'requester' },
  confirm: { from: ['to_confirm'], by: 'requester' },
  replace_document: { from: ['received', 'asked'], by: 'requester' },
  answer: { from: ['asked'], by: 'requester' },
  withdraw: { from: ['draft', 'to_confirm', 'received', 'asked', 'second_needed'], by: 'requester' },
  ask: { from: ['received'], by: 'administrator', decides: true },
  correct: { from: ['received', 'asked'], by: 'administrator', decides: true },
  transfer: { from: ['received', 'asked'], by: 'administrator', decides: true },
  judge_part: { from: ['received', 'asked'], by: 'administrator', decides: true },
  propose: { from: ['received'], by: 'administrator', decides: true },
  accept: { from: ['received', 'second_needed'], by: 'administrator', decides: true },
  refuse: { from: ['received', 'asked', 'second_needed'], by: 'administrator', decides: true },
  open: { from: ['accepted'], by: 'service' },
  give_back: { from: ['accepted'], by: 'service' },
  lapse: { from: ['asked'], by: 'service' },
  remind: { from: ['received', 'second_needed'], by: 'service' },
  escalate: { from: ['received'], by: 'service' },
};

/** Nothing follows these. */
export const ENDS: ReadonlySet<RequestState> = new Set(['opened', 'refused', 'withdrawn']);

export const isOpen = ({ state }: Life): boolean => !ENDS.has(state) && state !== 'accepted';

/** Still with the person, who fills it in. */
export const isBeingWritten = ({ state }: Life): boolean => state === 'draft' || state === 'to_confirm';

/** The networks whose validators have not answered yet: nobody accepts before they have. */
export const partsWaiting = ({ parts = {} }: Life): readonly string[] =>
  Object.keys(parts).filter(network => parts[network]?.state === 'waiting');

/** SECURITY: no membership is given in a network whose validators have refused or have not answered. */
export const isNetworkClosed = ({ parts = {} }: Life, network: string): boolean =>
  Object.hasOwn(parts, network) && parts[network]?.state !== 'agreed';

/** A request that somebody begins for themselves. */
export const newLife = (): Life => ({ state: 'draft', turn: 0, own: [] });

/** One that somebody begins for another person. SECURITY: who asked does not decide on it. */
export const newLifeFor = (asker: string): Life => ({ state: 'to_confirm', turn: 0, own: [asker] });

/** What becomes of a request. Pure: the caller runs it inside a compare-and-set. */
export function evolve(life: Life, event: LifeEvent, actor: Actor, nowAt: number): Evolved {
  const rule = RULES[event.type];
  if (actor.kind !== rule.by) return refuse('enrolment.not_yours');
  if (!rule.from.includes(life.state)) return refuse('enrolment.not_now');
  if (actor.kind === 'administrator') {
    if (rule.decides && life.own.includes(actor.sub)) return refuse('enrolment.own_request');
    if ('turn' in event && event.turn !== life.turn) return refuse('enrolment.changed_meanwhile');
  }
  const problem = problemOf(life, event, actor);
  if (problem) return refuse(problem);
  return { ok: true, life: { ...life, ...changeOf(life, event, actor, nowAt), turn: life.turn + 1 } };
}

/** What only some events ask for. */
function problemOf(life: Life, event: LifeEvent, actor: Actor): LifeProblem | undefined {
  if ('missing' in event && event.missing.length > 0) return 'enrolment.incomplete';
  if (event.type === 'judge_part')
    return partsWaiting(life).includes(event.network) ? undefined : 'enrolment.not_now';
  if ((event.type === 'accept' || event.type === 'propose') && partsWaiting(life).length > 0)
    return 'enrolment.part_waiting';
  if (event.type === 'accept') {
    if (life.state !== 'second_needed') return event.needsSecond ? 'enrolment.second_needed' : undefined;
    const isProposer = actor.kind === 'administrator' && actor.sub === life.proposedBy;
    return isProposer ? 'enrolment.same_administrator' : undefined;
  }
  // Once for each time that it waits.
  const isReminded = (life.remindedAt ?? -1) >= (life.waitingSinceAt ?? 0);
  if (event.type === 'remind' && isReminded) return 'enrolment.not_now';
  if (event.type === 'escalate' && life.handler?.kind !== 'local') return 'enrolment.not_now';
  return undefined;
}

function changeOf(life: Life, event: LifeEvent, actor: Actor, nowAt: number): Partial<Life> {
  const who = actor.kind === 'administrator' ? { decidedBy: actor.sub } : {};
  switch (event.type) {
    case 'send':
    case 'confirm':
      return {
        state: 'received',
        sentAt: nowAt,
        waitingSinceAt: nowAt,
        handler: event.handler,
        own: [...new Set([...life.own, ...event.own])],
        ...(event.validated.length > 0 && { parts: waitingParts(event.validated) }),
      };
    case 'judge_part':
      return { parts: { ...life.parts, [event.network]: answered(event.verdict, actor, nowAt) } };
    case 'ask':
      return { state: 'asked', askedAt: nowAt };
    case 'answer':
      return { state: 'received', waitingSinceAt: nowAt };
    case 'transfer':
      return { handler: event.handler, waitingSinceAt: nowAt };
    case 'propose':
      return {
        state: 'second_needed',
        waitingSinceAt: nowAt,
        ...(actor.kind === 'administrator' && { proposedBy: actor.sub }),
      };
    case 'accept':
      return { state: 'accepted', account: event.account, decidedAt: nowAt, ...who };
    case 'refuse':
      return { state: 'refused', decidedAt: nowAt, ...who };
    case 'open':
      return { state: 'opened' };
    case 'give_back':
      return { state: 'received', waitingSinceAt: nowAt };
    case 'withdraw':
      return { state: 'withdrawn', decidedAt: nowAt };
    case 'lapse':
      return { state: 'withdrawn', decidedAt: nowAt, lapsedAt: nowAt };
    case 'remind':
      return { remindedAt: nowAt };
    case 'escalate':
      return { handler: { kind: 'regional' }, escalatedAt: nowAt };
    case 'replace_document':
    case 'correct':
      return {};
  }
}

const waitingParts = (networks: readonly string[]): Readonly<Record<string, Part>> =>
  Object.fromEntries(networks.map(network => [network, { state: 'waiting' }]));

const answered = (state: Part['state'], actor: Actor, at: number): Part => ({
  state,
  at,
  ...(actor.kind === 'administrator' && { by: actor.sub }),
});

function refuse(code: LifeProblem): Evolved {
  return { ok: false, code };
}
