import { isInForce } from '#directory/index.ts';
import { AppError, isAppError, type Clock } from '#kernel/index.ts';
import type { Collection } from '#store/index.ts';
import type { Decision } from '../decision.ts';
import type { FactsSource } from '../facts/facts.ts';
import type { Inquiry } from '../inquiry.ts';
import { isEmergency } from '../rules/rule.ts';
import { emergencyKeyOf, type EmergencyUse } from './use.ts';

/** How long uses are kept, as long as the traces of access. SPEC: domain §3. */
const KEPT_SECONDS = 3 * 366 * 86_400;
/** A person who repeats the request types the reason again; beyond this many, one more text would teach nobody anything. */
const MOST_REASONS = 20;
/** How often the place is found taken, then free again, before we give up: each turn means that somebody else got further. */
const MOST_TURNS = 20;

/** Keeps what an emergency permit leaves behind: the use, for its examination. */
export interface EmergencyLog {
  /**
   * Opens a use for the permit, or adds the request to the one under way. Resolves when durable, to the permit as it is
   * answered: the end of a break-glass permit is that of the use, however often it is asked for. Any other decision, and a
   * simulated one, comes back as it is. Throws `store.busy` and `store.unavailable` (503).
   */
  enter(decision: Decision, inquiry: Inquiry): Promise<Decision>;
}

export function createEmergencyLog(deps: {
  readonly uses: Collection<EmergencyUse>;
  readonly clock: Clock;
  readonly facts: Pick<FactsSource, 'person'>;
  readonly settings: { readonly breakGlassSeconds: number };
}): EmergencyLog {
  const { uses, clock, facts, settings } = deps;

  async function useFor(decision: Decision, inquiry: Inquiry): Promise<EmergencyUse | null> {
    const { subject, network, purpose, atMs } = inquiry;
    if (!isEmergency(purpose) || network === undefined) return null;
    const person = await facts.person(subject.id);
    const held = person?.memberships.filter(of => of.network === network && isInForce(of, atMs)) ?? [];
    return {
      id: decision.context.id,
      account: subject.id,
      network,
      patientKey: inquiry.resource.id,
      purpose,
      organisations: [...new Set(held.flatMap(({ organisation = [] }) => organisation))].sort(),
      client: inquiry.clientId,
      ...(inquiry.acr !== undefined && { acr: inquiry.acr }),
      startedAtMs: atMs,
      untilMs: atMs + settings.breakGlassSeconds * 1000,
      requests: 1,
      lastAtMs: atMs,
      isLatest: true,
      reasons: reasonsOf(inquiry),
      expiresAt: clock.now() + KEPT_SECONDS,
    };
  }

  /** The use under way with this request added; `null` when there is none. */
  async function join(wanted: EmergencyUse): Promise<EmergencyUse | null> {
    const latest = await uses.findOne('latest', emergencyKeyOf(wanted));
    if (!latest) return null;
    const { startedAtMs: atMs, reasons } = wanted;
    const isUnderWay = (use: EmergencyUse) => use.isLatest && atMs < use.untilMs;
    const joined = await uses.update(latest.id, use => {
      if (!isUnderWay(use)) return use.isLatest ? { ...use, isLatest: false } : use;
      return {
        ...use,
        requests: use.requests + 1,
        lastAtMs: Math.max(use.lastAtMs, atMs),
        reasons: [...new Set([...use.reasons, ...reasons])].slice(0, MOST_REASONS),
      };
    });
    return joined && isUnderWay(joined) ? joined : null;
  }

  /** INVARIANT: one use at a time for a person and a record: the unique index says who was first. */
  async function enterUse(wanted: EmergencyUse): Promise<EmergencyUse> {
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const joined = await join(wanted);
      if (joined) return joined;
      try {
        await uses.insert(wanted);
        return wanted;
      } catch (error) {
        if (!isAppError(error, 'store.conflict')) throw error;
      }
    }
    throw new AppError({
      code: 'store.busy',
      status: 503,
      publicMessage: 'Le service est momentanément surchargé.',
    });
  }

  return {
    async enter(decision, inquiry) {
      if (!decision.decision || inquiry.isSimulated || !isEmergency(inquiry.purpose)) return decision;
      const wanted = await useFor(decision, inquiry);
      if (!wanted) return decision;
      const { untilMs } = await enterUse(wanted);
      if (decision.context.until === undefined) return decision;
      return { ...decision, context: { ...decision.context, until: new Date(untilMs).toISOString() } };
    },
  };
}

/** None when nothing was typed: centre 15 asks for no reason. */
function reasonsOf({ reason }: Inquiry): readonly string[] {
  const typed = reason.trim();
  return typed === '' ? [] : [typed];
}
