import { judgeMembership, judgeProfile } from './membership.ts';
import { judgeOpposition } from './opposition.ts';
import { deny, type RecordQuestion, type Rule, type Verdict } from './rule.ts';

/** Rule 11: acting on behalf of another account, which must itself pass rules 6 to 8. Rules 12 to 16 then judge that account. */
export const delegation: Rule<RecordQuestion> = {
  id: '11',
  judge(question) {
    const { delegator } = question;
    if (!delegator) return undefined;
    const facts = { on_behalf_of: delegator.id };
    if (!delegator.hasDelegated) return deny('delegation_missing', { facts });
    const { person } = delegator;
    if (!person?.isActive)
      return deny('delegator_not_permitted', { facts: { ...facts, because: 'account_inactive' } });
    const failed = judgeMembership(person) ?? judgeProfile(person, question);
    if (failed) return deny('delegator_not_permitted', { facts: { ...facts, because: failed.code } });
    const opposed = judgeOpposition(person, question);
    // SECURITY: the sentence is that of the patient's silence, or it would tell that this patient is known.
    if (opposed)
      return deny('delegator_not_permitted', {
        sentenceOf: opposed.code,
        facts: { ...facts, because: opposed.code },
      });
    return undefined;
  },
};

/** What a permit of rules 12 to 16 carries when it was judged for the delegator; the subject reads who it is about. */
export const onBehalf = ({
  delegator,
}: Pick<RecordQuestion, 'delegator'>): Pick<Verdict, 'onBehalfOf' | 'sentenceOf'> =>
  delegator ? { onBehalfOf: delegator.id, sentenceOf: 'permitted_on_behalf' } : {};
