import { normaliseAcr, type Clock } from '#kernel/index.ts';
import { decisionOf, type Decision } from '../decision.ts';
import type { FactsSource } from '../facts/facts.ts';
import type { Inquiry } from '../inquiry.ts';
import type { Policies } from '../policies.ts';
import {
  PATIENT_RECORD_RULES,
  RULES_BEFORE_PATIENT,
  policyLinesFor,
  recordQuestionOf,
} from '../resources/patient-record.ts';
import type { RecordQuestion, Rule } from '../rules/rule.ts';
import { walk, type ExplanationStep } from './steps.ts';
import { findWays, type ExplanationWay } from './ways.ts';
import { readWords, type NameSource, type Words } from './words.ts';

/** A question about records, as an administrator asks it. */
export interface ExplanationRequest {
  readonly account: string;
  readonly action: string;
  readonly network: string;
  readonly purpose: string;
  readonly reason?: string | undefined;
  /** Of the sign-in that it is about; absent: none. */
  readonly acr?: string | undefined;
  readonly onBehalfOf?: string | undefined;
  /** Another moment than now, over the facts of today. */
  readonly atMs?: number | undefined;
  /** Which of the person's memberships the reader may know of; by default all. */
  readonly sees?: Words['sees'];
  /** Absent: any record. The answer then goes as far as the rules do without knowing a patient. */
  readonly patientKey?: string | undefined;
}

/** A row of the policy that took part, as it stands in the file. */
export interface ExplanationRow {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** An answer, how it was found, and what would change it. */
export interface Explanation {
  /** `undefined`: it depends on the record, and no record was named. */
  readonly decision: Decision | undefined;
  readonly atMs: number;
  readonly policy: string;
  readonly steps: readonly ExplanationStep[];
  readonly rows: readonly ExplanationRow[];
  /** Of a refusal. */
  readonly ways: readonly ExplanationWay[];
}

export interface Explainer {
  /**
   * Decides by the rules and the policy in force, without trace. Judges nobody: whoever asks has been judged, for the
   * person, the network and, when one is named, the record. Throws `access.policy_unavailable`, `store.unavailable` (503).
   */
  explain(request: ExplanationRequest): Promise<Explanation>;
  /** The same for a question on a record, as an application asked it. */
  explainInquiry(inquiry: Inquiry): Promise<Explanation>;
}

export function createExplainer(deps: {
  readonly clock: Clock;
  readonly facts: FactsSource;
  readonly policies: Pick<Policies, 'current'>;
  readonly directory: NameSource;
  readonly settings: { readonly breakGlassSeconds: number };
}): Explainer {
  const { clock, facts, policies, directory, settings } = deps;

  async function explainBy(
    rules: readonly Rule<RecordQuestion>[],
    inquiry: Inquiry,
    sees?: Words['sees'],
  ): Promise<Explanation> {
    const policy = policies.current();
    const [question, words] = await Promise.all([
      recordQuestionOf(inquiry, { facts, policy }),
      readWords(directory, { people: [inquiry.subject.id, inquiry.onBehalfOf], ...(sees && { sees }) }),
    ]);
    const { steps, verdict } = walk(rules, question, words);
    const decided = steps.at(-1);
    const texts = (policy.texts['policy.csv'] ?? '').split('\n');
    return {
      decision:
        verdict && decided
          ? decisionOf({ rule: decided.rule, verdict, facts: {} }, inquiry, policy, {
              temporarySeconds: settings.breakGlassSeconds,
            })
          : undefined,
      atMs: inquiry.atMs,
      policy: policy.version,
      steps,
      rows: policyLinesFor(seenBy(words, question), policy).map(line => ({
        file: 'policy.csv',
        line,
        text: texts[line - 1] ?? '',
      })),
      ways: verdict && !verdict.decision ? findWays(rules, question, words) : [],
    };
  }

  return {
    explain: request =>
      // SECURITY: without a record, the rules stop before those that know a patient.
      explainBy(
        request.patientKey === undefined ? RULES_BEFORE_PATIENT : PATIENT_RECORD_RULES,
        inquiryOf(request, clock.nowMs()),
        request.sees,
      ),
    explainInquiry: inquiry => explainBy(PATIENT_RECORD_RULES, inquiry),
  };
}

/** The question without what the reader may not know of the person. */
function seenBy({ sees }: Words, question: RecordQuestion): RecordQuestion {
  const { subject } = question;
  return subject
    ? { ...question, subject: { ...subject, memberships: subject.memberships.filter(sees) } }
    : question;
}

function inquiryOf(request: ExplanationRequest, nowMs: number): Inquiry {
  const { account, action, network, purpose, reason = '', onBehalfOf, atMs, acr, patientKey } = request;
  return {
    atMs: atMs ?? nowMs,
    isSimulated: atMs !== undefined,
    subject: { type: 'account', id: account },
    action,
    // No key looks like this, so no record is found.
    resource: { type: 'patient_record', id: patientKey ?? '' },
    network,
    purpose,
    reason,
    onBehalfOf,
    session: 'none',
    sessionUid: undefined,
    acr: normaliseAcr(acr),
    authAgeSeconds: undefined,
    clientId: 'trousseau',
  };
}
