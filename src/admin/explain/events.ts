import { defineEvent } from '#audit/index.ts';

/** Somebody was told why a person may, or may not, open records: it may tell of a patient. */
export const decisionExplained = defineEvent('admin.decision.explained', {
  category: 'access',
  title: 'Décision expliquée',
  data: ['network', 'action', 'purpose', 'simulatedAt', 'code', 'via'],
});
