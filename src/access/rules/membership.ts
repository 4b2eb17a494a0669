import {
  deny,
  isEmergency,
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

/** What a setting of the network adds to the policy for this one profile. */
const SETTING_IS_FOR = 'utilisateur_cancerologie';

type ProfileQuestion = Pick<RecordQuestion, 'action' | 'allows' | 'network' | 'registrants'>;

/**
 * True when the network itself lets this person enter a patient in an RCP: every user of it, or those whom the 3C has
 * listed for the session that the request names.
 */
function opensRegistration(person: Person, { action, network, registrants }: ProfileQuestion): boolean {
  if (action !== 'rcp_register') return false;
  if (network?.rcpRegistration === 'utilisateurs') return true;
  return network?.rcpRegistration === 'ouvert_par_3c' && registrants.includes(person.id);
}

/** Whether a profile that the person holds lets them do what is asked: by the policy, or by a setting of the network. */
export function profileOpens(person: Person, profile: string, question: ProfileQuestion): boolean {
  return (
    question.allows(profile, question.action) ||
    (profile === SETTING_IS_FOR && opensRegistration(person, question))
  );
}

export function judgeProfile(
  person: Person,
  question: ProfileQuestion & Pick<Question, 'purpose'>,
): Verdict | undefined {
  const { action, purpose, allows } = question;
  const facts = { profiles: [...new Set(person.memberships.map(({ profile }) => profile))] };
  const isHeld = (opens: (profile: string) => boolean) =>
    person.memberships.some(({ profile }) => opens(profile));
  if (!isEmergency(purpose)) {
    const isOpen = isHeld(profile => profileOpens(person, profile, question));
    return isOpen ? undefined : deny('profile_lacks_action', { facts });
  }
  if (action === 'read' && isHeld(profile => allows(profile, purpose))) return undefined;
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
