import { randomId } from '#kernel/index.ts';
import type { Policy } from './engine/index.ts';
import type { Inquiry } from './inquiry.ts';
import type { Judgement } from './resources/index.ts';
import type { FactValue } from './rules/rule.ts';
import type { ReasonCode } from './vocabulary.ts';

/** An answer, as it goes on the wire (AuthZEN 1.0, contract §7). */
export interface Decision {
  readonly decision: boolean;
  readonly context: {
    /** The log knows the decision by this name. */
    readonly id: string;
    readonly reason_code: ReasonCode;
    /** May be shown to the person. */
    readonly reason_user: { readonly fr: string };
    /** For the application's log and its administrator only. */
    readonly reason_admin: { readonly rule: string; readonly facts: Readonly<Record<string, FactValue>> };
    /** What to ask for at sign-in, so that the same request may be permitted. */
    readonly acr_values?: readonly string[];
    /** What the application must do when it acts on the permit. */
    readonly obligations?: readonly string[];
    /** The permit ends at this instant. */
    readonly until?: string;
    readonly on_behalf_of?: string;
  };
}

/** Words a judgement. */
export function decisionOf(
  { rule, verdict, facts }: Judgement,
  inquiry: Inquiry,
  policy: Policy,
  { temporarySeconds }: { temporarySeconds: number },
): Decision {
  const { code, acrValues, obligations, onBehalfOf, isTemporary } = verdict;
  const admin: Record<string, FactValue> = {
    explanation: policy.reason(code).administrator,
    network: inquiry.network ?? null,
    action: inquiry.action,
    purpose: inquiry.purpose,
    level: inquiry.acr ?? null,
    ...facts,
    ...verdict.facts,
    policy: policy.version,
    at: new Date(inquiry.atMs).toISOString(),
    ...(inquiry.isSimulated && { simulated: true }),
  };
  return {
    decision: verdict.decision,
    context: {
      id: randomId(),
      reason_code: code,
      reason_user: { fr: policy.reason(verdict.sentenceOf ?? code).person },
      reason_admin: { rule, facts: admin },
      ...(acrValues && { acr_values: acrValues }),
      ...(obligations && { obligations }),
      ...(isTemporary && { until: new Date(inquiry.atMs + temporarySeconds * 1000).toISOString() }),
      ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }),
    },
  };
}
