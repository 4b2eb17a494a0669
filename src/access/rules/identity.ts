import { deny, type Question, type Rule } from './rule.ts';

/** Rules 1 to 3: who asks. */

export const accountKnown: Rule<Question> = {
  id: '1',
  judge: ({ subjectType, subject }) =>
    subjectType === 'account' && subject !== null
      ? undefined
      : deny('account_unknown', { facts: { type: subjectType } }),
};

export const accountActive: Rule<Question> = {
  id: '2',
  judge: ({ subject }) => (subject?.isActive ? undefined : deny('account_inactive')),
};

export const sessionLive: Rule<Question> = {
  id: '3',
  judge: ({ session }) => (session === 'ended' ? deny('session_ended') : undefined),
};
