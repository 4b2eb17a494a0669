import { onBehalf } from './delegation.ts';
import { deny, permit, type RecordQuestion, type Rule } from './rule.ts';

/** Rules 12 to 14: the patient's information and consent, which are enough to create. */

/** An instant that is set and not later than now. */
const hasPassed = (instantMs: number | undefined, atMs: number): boolean =>
  instantMs !== undefined && instantMs <= atMs;

export const patientInformed: Rule<Pick<RecordQuestion, 'record' | 'atMs'>> = {
  id: '12',
  judge: ({ record, atMs }) =>
    hasPassed(record?.informedAtMs, atMs)
      ? undefined
      : deny('patient_not_informed', { facts: { record_known: record !== null } }),
};

export const consentInForce: Rule<Pick<RecordQuestion, 'network' | 'record' | 'atMs'>> = {
  id: '13',
  judge({ network, record, atMs }) {
    if (network?.regime !== 'consentement') return undefined;
    if (!hasPassed(record?.consentedAtMs, atMs))
      return deny('consent_missing', { facts: { consent: 'not_given' } });
    return hasPassed(record?.withdrawnAtMs, atMs)
      ? deny('consent_withdrawn', { facts: { consent: 'withdrawn' } })
      : undefined;
  },
};

export const creation: Rule<RecordQuestion> = {
  id: '14',
  judge: question =>
    question.action === 'create' ? permit('permitted_create', onBehalf(question)) : undefined,
};
