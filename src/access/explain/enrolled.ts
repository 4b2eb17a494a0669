import { isEmergency, type Person, type RecordQuestion } from '../rules/rule.ts';
import { PROFILES } from '../vocabulary.ts';
import type { Changer } from './changes.ts';

/** Profiles of which one is to be held. */
export interface ProfileChoice {
  readonly profiles: readonly string[];
  /** The same question, that profile being held in the place of the one supposed. */
  readonly holding: (question: RecordQuestion, profile: string) => RecordQuestion;
  readonly said: (profiles: readonly string[]) => string;
}

/** One membership more, where the person already works when they do: the first profile stands for all that allow it. */
export const enrolled: Changer = (question, words) => {
  const { purpose, action, allows, network, subject } = question;
  const profiles = PROFILES.filter(one => allows(one, isEmergency(purpose) ? purpose : action));
  const [profile] = profiles;
  if (profile === undefined || !network || !subject) return [];
  const held = subject.memberships;
  const organisation = held.find(one => one.organisation !== undefined)?.organisation;
  const withProfile = (person: Person, one: string): Person => ({
    ...person,
    memberships: [...held, { profile: one, organisation }],
  });
  const place = held.length === 0 ? `une fois inscrit au réseau « ${words.network(network.id)} » ` : '';
  const said = (able: readonly string[]) =>
    `${place}avec un profil qui le permet (${someOf(able.map(words.profile))})`;
  return [
    {
      key: 'profile',
      said: said(profiles),
      question: { ...question, subject: withProfile(subject, profile) },
      choice: {
        profiles,
        holding: (supposed, one) =>
          supposed.subject ? { ...supposed, subject: withProfile(supposed.subject, one) } : supposed,
        said,
      },
    },
  ];
};

const MOST_NAMES = 3;

/** « A ou B », « A, B, C ou 5 autres ». */
function someOf(names: readonly string[]): string {
  const isLong = names.length > MOST_NAMES + 1;
  const told = isLong ? [...names.slice(0, MOST_NAMES), `${names.length - MOST_NAMES} autres`] : names;
  return [told.slice(0, -1).join(', '), ...told.slice(-1)].filter(name => name !== '').join(' ou ');
}
