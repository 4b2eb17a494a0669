import { isInForce } from '#directory/index.ts';
import type { OppositionFacts } from '../facts/facts.ts';
import { deny, isEmergency, type Person, type RecordQuestion, type Rule, type Verdict } from './rule.ts';

/** Rule 8: the patient's oppositions. */

function matches({ account, organisation }: OppositionFacts, person: Person): boolean {
  if (account === undefined && organisation === undefined) return true;
  if (account !== undefined && account === person.id) return true;
  return organisation !== undefined && person.memberships.some(held => held.organisation === organisation);
}

export function judgeOpposition(
  person: Person,
  { record, purpose, atMs }: RecordQuestion,
): Verdict | undefined {
  const urgent = isEmergency(purpose);
  const opposed = record?.oppositions.some(
    opposition =>
      isInForce(opposition, atMs) && (!urgent || opposition.emergency) && matches(opposition, person),
  );
  return opposed ? deny(urgent ? 'patient_opposed_emergency' : 'patient_opposed') : undefined;
}

export const notOpposed: Rule<RecordQuestion> = {
  id: '8',
  judge: question =>
    question.subject ? judgeOpposition(question.subject, question) : deny('patient_opposed'),
};
