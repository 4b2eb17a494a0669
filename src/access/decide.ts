import { isAppError, type Clock } from '#kernel/index.ts';
import type { Audit, Tally } from '#audit/index.ts';
import type { Caller, SessionFacts } from './caller.ts';
import { decisionOf, type Decision } from './decision.ts';
import type { EmergencyLog } from './emergencies/index.ts';
import type { Policy } from './engine/index.ts';
import { checksCounted, decisionMade, engineFailed } from './events.ts';
import { inquire, type Inquiry } from './inquiry.ts';
import type { Judge } from './judge.ts';
import type { AccessLogger } from './logger.ts';
import type { Policies } from './policies.ts';
import { traceable } from './records/keys.ts';
import type { DecisionRequest } from './request.ts';
import type { Judgement } from './resources/index.ts';
import { deny } from './rules/rule.ts';

export interface DecideDeps {
  readonly clock: Clock;
  readonly audit: Audit & Tally;
  readonly judge: Judge;
  readonly sessions: SessionFacts;
  readonly policies: Policies;
  readonly emergencies: EmergencyLog;
  readonly logger: AccessLogger;
  readonly settings: { readonly breakGlassSeconds: number };
}

export interface Decider {
  /**
   * Decides, leaves the trace, then answers. Throws `access.policy_unavailable`, `store.unavailable` or
   * `audit.unavailable` (503): no decision, and so no permit. Any other failure is a refusal `engine_error`.
   */
  decide(request: DecisionRequest, caller: Caller): Promise<Decision>;
  /** The same for a question that the service asks itself, level and time already settled. */
  decideInquiry(inquiry: Inquiry): Promise<Decision>;
  /** Counted, not traced one by one, and no activity: for lists of what a person may open, and for explanations. */
  preview(request: DecisionRequest, caller: Caller): Promise<Decision>;
  previewInquiry(inquiry: Inquiry): Promise<Decision>;
}

/** Kinds of resources whose checks are counted instead of traced: they hold nothing about a patient. */
const TECHNICAL: ReadonlySet<string> = new Set(['application', 'document_area']);

export function createDecider(deps: DecideDeps): Decider {
  const { audit, judge, sessions, policies, emergencies, logger, settings } = deps;

  async function answer(
    inquiry: Inquiry,
    policy: Policy,
  ): Promise<{ decision: Decision; failure?: unknown }> {
    const worded = (judgement: Judgement) =>
      decisionOf(judgement, inquiry, policy, { temporarySeconds: settings.breakGlassSeconds });
    try {
      return { decision: worded(await judge.judge(inquiry, policy)) };
    } catch (failure) {
      // A service that cannot read its facts says so (503); only a fault of the engine itself becomes a refusal.
      if (isAppError(failure)) throw failure;
      return { decision: worded({ rule: 'engine', verdict: deny('engine_error'), facts: {} }), failure };
    }
  }

  /** As many as there are requests, and about no patient: counted by application and reason. */
  function count(
    inquiry: Inquiry,
    { decision, context }: Decision,
    policy: Policy,
    isPreview: boolean,
  ): void {
    audit.count(checksCounted, {
      actor: inquiry.clientId === undefined ? 'system' : `client:${inquiry.clientId}`,
      client: inquiry.clientId,
      outcome: decision ? 'success' : 'refused',
      data: {
        resourceType: traceable(inquiry.resource.type),
        action: traceable(inquiry.action),
        network: inquiry.network && traceable(inquiry.network),
        code: context.reason_code,
        policy: policy.version,
        isPreview: isPreview || undefined,
      },
    });
  }

  async function trace(inquiry: Inquiry, { decision, context }: Decision, policy: Policy): Promise<void> {
    const { type, id } = inquiry.resource;
    const isPatient = type === 'patient_record';
    if (TECHNICAL.has(type)) return count(inquiry, { decision, context }, policy, false);
    await audit.record(decisionMade, {
      actor: traceable(inquiry.subject.id),
      client: inquiry.clientId,
      acr: inquiry.acr,
      onBehalfOf: inquiry.onBehalfOf && traceable(inquiry.onBehalfOf),
      outcome: decision ? 'success' : 'refused',
      ...(isPatient && { patientKey: id }),
      data: {
        decision: context.id,
        resourceType: traceable(type),
        resource: isPatient ? undefined : traceable(id),
        action: traceable(inquiry.action),
        purpose: traceable(inquiry.purpose),
        network: inquiry.network && traceable(inquiry.network),
        code: context.reason_code,
        rule: context.reason_admin.rule,
        policy: policy.version,
        simulatedAt: inquiry.isSimulated ? new Date(inquiry.atMs).toISOString() : undefined,
        until: context.until,
      },
    });
  }

  async function alarm(decision: Decision, failure: unknown): Promise<void> {
    logger.error({ err: failure, decision: decision.context.id }, 'access: the engine failed and refused');
    await audit.record(engineFailed, {
      actor: 'system',
      outcome: 'failure',
      data: {
        decision: decision.context.id,
        error: failure instanceof Error ? failure.name : typeof failure,
      },
    });
  }

  async function decideInquiry(inquiry: Inquiry): Promise<Decision> {
    const policy = policies.current();
    const { decision: found, failure } = await answer(inquiry, policy);
    if (failure !== undefined) await alarm(found, failure);
    // ORDER: everything that a permit leaves behind is durable before it is answered.
    const decision = await emergencies.enter(found, inquiry);
    await trace(inquiry, decision, policy);
    if (inquiry.sessionUid !== undefined) await sessions.touch(inquiry.sessionUid);
    return decision;
  }

  async function previewInquiry(inquiry: Inquiry): Promise<Decision> {
    const policy = policies.current();
    const { decision } = await answer(inquiry, policy);
    count(inquiry, decision, policy, true);
    return decision;
  }

  return {
    async decide(request, caller) {
      policies.current();
      return decideInquiry(await inquire(request, caller, deps));
    },
    decideInquiry,
    preview: async (request, caller) => previewInquiry(await inquire(request, caller, deps)),
    previewInquiry,
  };
}
