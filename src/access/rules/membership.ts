import {
  deny,
  isEmergency,
  type Allows,
  type Person,
  type Question,
  type RecordQuestion,
  type Rule,
  type Verdict,
} from './rule.ts';

/** Rules 6 and 7: the person's place in the network, and what the profiles held there allow. */

export function judgeMembership(person: Person): Verdict | undefined {
  return person.memberships.length > 0 ? undefined : deny('not_in_network');
}

export function judgeProfile(
  person: Person,
  { action, purpose, allows }: { action: string; purpose: string; allows: Allows },
): Verdict | undefined {
  const facts = { profiles: [...new Set(person.memberships.map(({ profile }) => profile))] };
  const anyAllows = (what: string) => person.memberships.some(({ profile }) => allows(profile, what));
  if (!isEmergency(purpose)) return anyAllows(action) ? undefined : deny('profile_lacks_action', { facts });
  if (action === 'read' && anyAllows(purpose)) return undefined;
  return deny(purpose === 'bris_de_glace' ? 'break_glass_not_allowed' : 'centre_15_not_allowed', { facts });
}

export const inNetwork: Rule<Question> = {
  id: '6',
  judge: ({ subject }) => (subject ? judgeMembership(subject) : deny('not_in_network')),
};

export const profileAllows: Rule<RecordQuestion> = {
  id: '7',
  judge: question =>
    question.subject ? judgeProfile(question.subject, question) : deny('profile_lacks_action'),
};
