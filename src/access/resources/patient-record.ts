import { isInForce } from '#directory/index.ts';
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

/** The shared record of one patient in one network; its id is the opaque patient key. */
export const patientRecord: ResourceType = {
  type: 'patient_record',
  async judge(inquiry, { facts, policy }) {
    const { network: networkId, onBehalfOf, atMs, resource } = inquiry;
    // All facts are gathered whatever they will serve: the time to answer tells nothing of the patient.
    const [subject, network, record, sessions, delegator] = await Promise.all([
      facts.person(inquiry.subject.id),
      networkId === undefined ? null : facts.network(networkId),
      networkId === undefined ? null : facts.record(networkId, resource.id),
      networkId === undefined ? [] : facts.rcpSessions(networkId, resource.id),
      onBehalfOf === undefined ? null : facts.person(onBehalfOf),
    ]);
    const question: RecordQuestion = {
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
    };
    const judged = firstVerdict(PATIENT_RECORD_RULES, question);
    const what = isEmergency(inquiry.purpose) ? inquiry.purpose : inquiry.action;
    const rows = question.subject?.memberships.flatMap(
      ({ profile }) => policy.row(profile, 'patient_record', what)?.line ?? [],
    );
    return {
      ...judged,
      facts: {
        regime: network?.regime ?? null,
        ...(rows?.length ? { policy_rows: [...new Set(rows)].map(line => `policy.csv:${line}`) } : {}),
      },
    };
  },
};
