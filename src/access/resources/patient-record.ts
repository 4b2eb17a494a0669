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
import { firstVerdict, isEmergency, type RecordQuestion, type Rule } from '../rules/rule.ts';
import { RECORD_ACTIONS } from '../vocabulary.ts';
import { personAt, questionOf, type ResourceType } from './resource-type.ts';

/** SPEC: contract §7, rules 1 to 16, in their order. */
export const PATIENT_RECORD_RULES: readonly Rule<RecordQuestion>[] = [
  accountKnown,
  accountActive,
  sessionLive,
  requestKnown(RECORD_ACTIONS),
  levelReached,
  inNetwork,
  profileAllows,
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

/** Gathers everything that the rules may ask. Reads only. */
export async function recordQuestionOf(
  inquiry: Inquiry,
  { facts, policy }: { readonly facts: FactsSource; readonly policy: Policy },
): Promise<RecordQuestion> {
  const { network: networkId, onBehalfOf, atMs, resource } = inquiry;
  // All facts are gathered whatever they will serve: the time to answer tells nothing of the patient.
  const [subject, network, record, sessions, named, delegator] = await Promise.all([
    facts.person(inquiry.subject.id),
    networkId === undefined ? null : facts.network(networkId),
    networkId === undefined ? null : facts.record(networkId, resource.id),
    networkId === undefined ? [] : facts.rcpSessions(networkId, resource.id),
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
    record,
    rcpSessions: sessions.filter(session => isInForce(session, atMs)),
    // Patients are entered before the board begins: only its end counts.
    registrants: named && (named.toMs === undefined || atMs < named.toMs) ? (named.registrants ?? []) : [],
  };
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
    const question = await recordQuestionOf(inquiry, sources);
    const rows = policyLinesFor(question, sources.policy);
    return {
      ...firstVerdict(PATIENT_RECORD_RULES, question),
      facts: {
        regime: question.network?.regime ?? null,
        ...(rows.length > 0 && { policy_rows: rows.map(line => `policy.csv:${line}`) }),
      },
    };
  },
};
