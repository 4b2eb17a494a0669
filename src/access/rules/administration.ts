import { acrRank } from '#kernel/index.ts';
import type { Authority, Located, Office, Place } from '../administration/authority.ts';
import type { ActRequirement } from '../engine/index.ts';
import type { AdministrationType } from '../vocabulary.ts';
import { deny, permit, type Question, type Rule } from './rule.ts';

/** A question of administration: who asks, where the thing is, and what the act demands. */
export interface AdministrationQuestion extends Question {
  readonly type: AdministrationType;
  readonly knownActions: readonly string[];
  readonly authority: Authority;
  /** `null`: the act is about something that does not exist. */
  readonly place: Place | null;
  /** Whom the act is about, when it is about a person. */
  readonly person: (Located & { readonly id: string }) | null;
  /** The profile given or removed. */
  readonly profile: string | undefined;
  /** Two: somebody else confirms. */
  readonly personsFor: (office: Office, profile: string) => 1 | 2 | undefined;
  /** True when the region would be left without an administrator. */
  readonly isLastAdministrator: boolean;
  readonly requirement: ActRequirement;
  readonly authAgeSeconds: number | undefined;
}

const rule = (id: string, judge: Rule<AdministrationQuestion>['judge']): Rule<AdministrationQuestion> => ({
  id: `administration.${id}`,
  judge,
});

/** Acts on the person as a whole touch every branch that the person works in; the others are about one place. */
const ON_THE_WHOLE_PERSON: readonly string[] = [
  'update',
  'open',
  'suspend',
  'close',
  'reset',
  'end_sessions',
];

/** Acts that change somebody's rights or way in. */
const changesRights = ({ type, action }: AdministrationQuestion): boolean =>
  (type === 'account' && action !== 'read' && action !== 'create') ||
  (type === 'membership' && action !== 'read');

export const actionKnown = rule('action', ({ action, knownActions }) =>
  knownActions.includes(action) ? undefined : deny('action_unknown'),
);

export const officeHeld = rule('profile', ({ authority, type, action }) =>
  authority.mayAnywhere(type, action)
    ? undefined
    : deny('profile_lacks_action', { facts: { profiles: authority.offices.map(({ profile }) => profile) } }),
);

/** Read by all who administer a part of the network; changed by the region only. */
const OF_A_NETWORK: readonly string[] = ['network', 'rcp_session'];

/** SECURITY: what does not exist and what lies in another branch are refused alike. */
export const withinBranch = rule('branch', ({ authority, type, action, place, person }) => {
  if (OF_A_NETWORK.includes(type) && action === 'read' && place?.network !== undefined)
    return authority.mayInNetwork(type, action, place.network) ? undefined : deny('outside_branch');
  if (place && !authority.may(type, action, place)) return deny('outside_branch');
  if (person) {
    if (type === 'account' && ON_THE_WHOLE_PERSON.includes(action))
      return authority.reachesWhole(type, action, person) ? undefined : deny('outside_branch');
    // Whoever proves the identity of a colleague of elsewhere adds them without seeing them (`attach`).
    const isAttached = type === 'membership' && action === 'attach';
    return isAttached || authority.reaches(type, action, person) ? undefined : deny('outside_branch');
  }
  return place ? undefined : deny('outside_branch');
});

export const notOneself = rule('self', question =>
  changesRights(question) && question.person?.id === question.subject?.id ? deny('own_rights') : undefined,
);

/** SECURITY: of their profiles too: what is given to, or taken from, who administers elsewhere is their superior’s to say. */
export const notAbove = rule('privileged', question => {
  const { person, authority } = question;
  if (!person || !changesRights(question)) return undefined;
  return authority.isAbove(person) ? undefined : deny('privileged_account');
});

export const profileGivable = rule('grants', ({ type, action, profile, place, authority }) => {
  if (type !== 'membership' || action === 'read') return undefined;
  if (profile === undefined || !place) return deny('profile_not_givable');
  return authority.givable(place).includes(profile)
    ? undefined
    : deny('profile_not_givable', { facts: { profile } });
});

export const notLast = rule('last', ({ isLastAdministrator }) =>
  isLastAdministrator ? deny('last_administrator') : undefined,
);

/** Asked last: nobody signs in again for what would be refused anyway. */
export const signInSuffices = rule('level', ({ acr, requirement, authAgeSeconds }) => {
  if (acrRank(acr) < acrRank(requirement.acr))
    return deny('acr_too_low', {
      acrValues: [requirement.acr],
      facts: { level: acr ?? null, required: requirement.acr },
    });
  const { maxAgeSeconds } = requirement;
  if (maxAgeSeconds !== undefined && (authAgeSeconds === undefined || authAgeSeconds > maxAgeSeconds))
    return deny('authentication_too_old', {
      acrValues: [requirement.acr],
      facts: { max_age: maxAgeSeconds, age: authAgeSeconds ?? null },
    });
  return undefined;
});

/** What gives somebody, or whoever asks in their name, a way into an account. */
const GIVES_WAY_IN: readonly string[] = ['open', 'reset'];

/** The profiles, each where it is held, that the act gives, takes away or hands over with the account. */
function profilesAtStake(
  question: AdministrationQuestion,
): readonly (Place & { readonly profile: string })[] {
  const { type, action, profile, place, person, atMs } = question;
  if (type === 'membership' && action !== 'read')
    return profile === undefined || place === null ? [] : [{ ...place, profile }];
  // SECURITY: else one person would be two: whoever moves a colleague's address signs in, and confirms, as that colleague.
  if (type === 'account' && GIVES_WAY_IN.includes(action))
    return (person?.memberships ?? []).filter(({ toMs }) => toMs === undefined || atMs < toMs);
  return [];
}

export const permitted = rule('permitted', question => {
  const { authority, personsFor } = question;
  const action = question.type === 'membership' ? question.action : 'give';
  const needsSecond = profilesAtStake(question).some(({ profile, ...place }) => {
    const persons = authority
      .officesFor('membership', action, place)
      .map(office => personsFor(office, profile))
      .filter(count => count !== undefined);
    // Who holds a profile that nobody here gives is touched by nobody here, or the profile weighs nothing.
    if (question.type === 'account' && persons.length === 0) return false;
    return !persons.includes(1);
  });
  return permit('permitted_administration', needsSecond ? { obligations: ['second_person'] } : {});
});
