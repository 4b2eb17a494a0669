import { deny, permit, type RecordQuestion, type Rule } from './rule.ts';

/** Rules 9 and 10: what emergencies open, once the profile opens them and no emergency opposition stands. */

const SHORTEST_REASON = 10;

/** Whether break-glass is reasoned enough, blanks around it apart. */
export const isReasoned = (reason: string): boolean => reason.trim().length >= SHORTEST_REASON;

export const breakGlass: Rule<RecordQuestion> = {
  id: '9',
  judge({ purpose, reason }) {
    if (purpose !== 'bris_de_glace') return undefined;
    if (!isReasoned(reason)) return deny('break_glass_reason_missing');
    return permit('permitted_break_glass', { obligations: ['notify_patient', 'review'], isTemporary: true });
  },
};

export const centre15: Rule<RecordQuestion> = {
  id: '10',
  judge: ({ purpose }) =>
    purpose === 'centre_15' ? permit('permitted_centre_15', { obligations: ['notify_patient'] }) : undefined,
};
