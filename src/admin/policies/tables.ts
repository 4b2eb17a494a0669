import {
  ADMINISTRATION,
  POLICY_VOCABULARY,
  PRIVILEGED_PROFILES,
  PROFILES,
  SENTENCE_CODES,
  type Policy,
} from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { actionWords, typeWords } from './words.ts';

/** The rules in force as tables that people read. */
export function tablesOf(policy: Policy, codes: Directory['codes']) {
  const labelOf = (profile: string) => codes.profile(profile).label;
  const holding = (profiles: readonly string[], type: string, action: string) =>
    profiles.filter(profile => policy.row(profile, type, action)).map(labelOf);

  const records = POLICY_VOCABULARY['patient_record'] ?? [];
  return {
    records: PROFILES.filter(profile =>
      records.some(action => policy.row(profile, 'patient_record', action)),
    ).map(profile => ({
      profile: labelOf(profile),
      actions: records.filter(action => policy.row(profile, 'patient_record', action)).map(actionWords),
    })),
    administration: Object.entries(ADMINISTRATION).map(([type, actions]) => ({
      type: typeWords(type),
      rows: actions.map(action => {
        const { acr, maxAgeSeconds } = policy.act(type, action);
        return {
          action: actionWords(action),
          profiles: holding(PRIVILEGED_PROFILES, type, action),
          acr,
          minutes: maxAgeSeconds === undefined ? null : maxAgeSeconds / 60,
        };
      }),
    })),
    grants: PRIVILEGED_PROFILES.map(giver => ({
      giver: labelOf(giver),
      given: PROFILES.flatMap(given => {
        const grant = policy.grant(giver, given);
        return grant ? [{ profile: labelOf(given), persons: grant.persons }] : [];
      }),
    })).filter(({ given }) => given.length > 0),
    reasons: SENTENCE_CODES.map(code => ({ code, ...policy.reason(code) })),
  };
}
