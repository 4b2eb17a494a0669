import { isInForce } from '#directory/index.ts';
import type { Policy } from '../engine/index.ts';
import type { FactsSource } from '../facts/facts.ts';
import type { Inquiry } from '../inquiry.ts';
import { accountActive, accountKnown, sessionLive } from '../rules/identity.ts';
import { consentInForce, creation, patientInformed } from '../rules/consent.ts';
import { delegation } from '../rules/delegation.ts';
import { breakGlass, centre15 } from '../rules/emergency.ts';
import { grounds, otherwise } from '../rules/grounds.ts';
import { inNetwork, profileAllows } from '../rules/membership.ts';
import { notOpposed } from '../rules/opposition.ts';
import { levelReached, requestKnown } from '../rules/request.ts';
import { firstVerdict, isEmergency, verdictOf, type RecordQuestion, type Rule } from '../rules/rule.ts';
import { RECORD_ACTIONS } from '../vocabulary.ts';
import { personAt, questionOf, type ResourceType } from './resource-type.ts';

/** SPEC: contract §7, rules 1 to 7: who asks, and for what. They know nothing of the patient. */
export const RULES_BEFORE_PATIENT: readonly Rule<RecordQuestion>[] = [
  accountKnown,
  accountActive,
  sessionLive,
  requestKnown(RECORD_ACTIONS),
  levelReached,
  inNetwork,
  profileAllows,
];

/** SPEC: contract §7, rules 8 to 16. */
const RULES_ON_PATIENT: readonly Rule<RecordQuestion>[] = [
  notOpposed,
  breakGlass,
  centre15,
  delegation,
  patientInformed,
  consentInForce,
  creation,
  grounds,
  otherwise,
];

/** All of them, in their order. */
export const PATIENT_RECORD_RULES: readonly Rule<RecordQuestion>[] = [
  ...RULES_BEFORE_PATIENT,
  ...RULES_ON_PATIENT,
];

interface Sources {
  readonly facts: FactsSource;
  readonly policy: Policy;
}

/** What rules 1 to 7 may ask: everything but the patient. Reads only. */
async function askerQuestionOf(inquiry: Inquiry, { facts, policy }: Sources): Promise<RecordQuestion> {
  const { network: networkId, onBehalfOf, atMs, resource } = inquiry;
  const [subject, network, named, delegator] = await Promise.all([
    facts.person(inquiry.subject.id),
    networkId === undefined ? null : facts.network(networkId),
    networkId === undefined || resource.rcp === undefined ? null : facts.rcpSession(networkId, resource.rcp),
    onBehalfOf === undefined ? null : facts.person(onBehalfOf),
  ]);
  return {
    ...questionOf(inquiry, subject, network),
    allows: (profile, what) => policy.row(profile, 'patient_record', what) !== undefined,
    reason: inquiry.reason,
    delegator:
      onBehalfOf === undefined
        ? null
        : {
            id: onBehalfOf,
            person: delegator && personAt(delegator, network?.id, atMs),
            hasDelegated:
              delegator?.delegations.some(
                given => given.delegate === inquiry.subject.id && isInForce(given, atMs),
              ) ?? false,
          },
    record: null,
    rcpSessions: [],
    // Patients are entered before the board begins: only its end counts.
    registrants: named && (named.toMs === undefined || atMs < named.toMs) ? (named.registrants ?? []) : [],
  };
}

async function withPatient(
  question: RecordQuestion,
  { network, resource, atMs }: Inquiry,
  facts: FactsSource,
): Promise<RecordQuestion> {
  if (network === undefined) return question;
  // All that is known of the patient is gathered whatever it will serve: the time to answer tells nothing of the patient.
  const { record, rcpSessions } = await facts.patient(network, resource.id);
  return { ...question, record, rcpSessions: rcpSessions.filter(session => isInForce(session, atMs)) };
}

/** Gathers everything that the rules may ask. Reads only. */
export async function recordQuestionOf(inquiry: Inquiry, sources: Sources): Promise<RecordQuestion> {
  return withPatient(await askerQuestionOf(inquiry, sources), inquiry, sources.facts);
}

/** The lines of the policy that let the person's profiles do what is asked. */
export function policyLinesFor(
  { subject, purpose, action }: RecordQuestion,
  policy: Policy,
): readonly number[] {
  const what = isEmergency(purpose) ? purpose : action;
  const lines = subject?.memberships.flatMap(
    ({ profile }) => policy.row(profile, 'patient_record', what)?.line ?? [],
  );
  return [...new Set(lines)];
}

/** The shared record of one patient in one network; its id is the opaque patient key. */
export const patientRecord: ResourceType = {
  type: 'patient_record',
  async judge(inquiry, sources) {
    const question = await askerQuestionOf(inquiry, sources);
    const rows = policyLinesFor(question, sources.policy);
    return {
      // Who is refused whatever the patient is, is refused without asking after the patient.
      ...(verdictOf(RULES_BEFORE_PATIENT, question) ??
        firstVerdict(RULES_ON_PATIENT, await withPatient(question, inquiry, sources.facts))),
      facts: {
        regime: question.network?.regime ?? null,
        ...(rows.length > 0 && { policy_rows: rows.map(line => `policy.csv:${line}`) }),
      },
    };
  },
};
