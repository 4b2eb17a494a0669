import { isInForce, type Window } from '#directory/index.ts';
import { createAuthority, type Authority, type Office, type Place } from '../administration/authority.ts';
import {
  HIGHEST,
  lossOfAccount,
  lossOfProfile,
  shortensAdministration,
} from '../administration/last-administrator.ts';
import { treeOf } from '../administration/tree.ts';
import type { Policy } from '../engine/index.ts';
import type { FactsSource, PersonFacts } from '../facts/facts.ts';
import type { Inquiry } from '../inquiry.ts';
import {
  actionKnown,
  notAbove,
  notLast,
  notOneself,
  officeHeld,
  permitted,
  profileGivable,
  signInSuffices,
  withinBranch,
  type AdministrationQuestion,
} from '../rules/administration.ts';
import { accountActive, accountKnown, sessionLive } from '../rules/identity.ts';
import { firstVerdict, type Rule } from '../rules/rule.ts';
import { ADMINISTRATION, type AdministrationType } from '../vocabulary.ts';
import { questionOf, type Judgement, type ResourceType } from './resource-type.ts';

/** SPEC: contract §7: rules 1 to 3, then those of administration, in this order. */
export const ADMINISTRATION_RULES: readonly Rule<AdministrationQuestion>[] = [
  accountKnown,
  accountActive,
  sessionLive,
  actionKnown,
  officeHeld,
  withinBranch,
  notOneself,
  notAbove,
  profileGivable,
  notLast,
  signInSuffices,
  permitted,
];

/** What somebody administers at that moment; nothing for nobody, and for an account that is not active. */
export async function authorityOf(
  person: PersonFacts | null,
  { facts, policy, atMs }: { facts: FactsSource; policy: Policy; atMs: number },
): Promise<Authority> {
  const held =
    person?.status === 'active' ? person.memberships.filter(window => isInForce(window, atMs)) : [];
  const offices = held
    .filter(({ profile }) => policy.isPrivileged(profile))
    .map(({ profile, network, organisation }) => ({ profile, network, organisation }));
  return authorityWith(offices, { facts, policy, atMs });
}

/** The same for offices that no person holds: an application bound to a branch. */
export async function authorityWith(
  offices: readonly Office[],
  { facts, policy, atMs }: { facts: FactsSource; policy: Policy; atMs: number },
): Promise<Authority> {
  return createAuthority(offices, {
    rules: {
      allows: (profile, type, action) => policy.row(profile, type, action) !== undefined,
      gives: (giver, given) => policy.grant(giver, given) !== undefined,
      profiles: policy.profiles,
      isPrivileged: profile => policy.isPrivileged(profile),
    },
    tree: treeOf(await facts.organisations()),
    atMs,
  });
}

/** The whole of a kind: what has no single owner (`*` asks for the page, a list, a count). */
const WHOLE = '*';

interface Target {
  readonly place: Place | null;
  readonly person: PersonFacts | null;
}

/** Where the thing that the act is about is; a new one is where it is to be. */
async function targetOf(type: AdministrationType, inquiry: Inquiry, facts: FactsSource): Promise<Target> {
  const { resource, network, action } = inquiry;
  const { id, organisation } = resource;
  const place = { network, organisation };
  const person = async () => ({ place: null, person: await facts.professional(id) });
  if (type === 'account' && action !== 'create') return person();
  if (type === 'audit' && id !== WHOLE) return person();
  if (type === 'membership') {
    const whom = await facts.professional(id);
    // SECURITY: nobody at all is refused as somebody of another branch, before anything is said of the profile.
    return { person: whom, place: whom || id === WHOLE ? place : null };
  }
  if (type === 'decision') {
    const whom = await facts.professional(id);
    return { person: whom, place: whom && action === 'read_record' ? { network } : null };
  }
  if (type === 'organisation' && action !== 'create') return { place: { organisation: id }, person: null };
  if (type === 'network') return { place: { network: id }, person: null };
  return { place, person: null };
}

/** True when the act would leave the region without its highest profile, now or on a day to come. */
async function takesLastAdministrator(
  { action, resource, network = '', atMs }: Inquiry,
  person: PersonFacts | null,
  { facts, after }: { readonly facts: FactsSource; readonly after: Window | null | undefined },
): Promise<boolean> {
  if (!person) return false;
  const { type, organisation, profile } = resource;
  if (type === 'account' && (action === 'suspend' || action === 'close'))
    return shortensAdministration(lossOfAccount(person), { facts, atMs });
  if (type !== 'membership' || profile !== HIGHEST) return false;
  // What is given anew takes nothing away.
  if (action !== 'remove' && after === undefined) return false;
  const loss = lossOfProfile(person, { network, organisation, profile }, after ?? null, atMs);
  return shortensAdministration(loss, { facts, atMs });
}

export async function judgeAdministration(
  type: AdministrationType,
  inquiry: Inquiry,
  {
    facts,
    policy,
    authority,
    after,
  }: {
    facts: FactsSource;
    policy: Policy;
    authority?: { readonly of: Authority; readonly actor: PersonFacts };
    /** What becomes of the dates of the profile that the act names; `null`: it is taken away. */
    after?: Window | null | undefined;
  },
): Promise<Judgement> {
  const { atMs, action, resource } = inquiry;
  const subject = authority?.actor ?? (await facts.person(inquiry.subject.id));
  const [{ place, person }, own] = await Promise.all([
    targetOf(type, inquiry, facts),
    authority?.of ?? authorityOf(subject, { facts, policy, atMs }),
  ]);
  const question: AdministrationQuestion = {
    ...questionOf(inquiry, subject, null),
    type,
    knownActions: ADMINISTRATION[type],
    authority: own,
    place,
    person,
    profile: resource.profile,
    personsFor: (office, profile) => policy.grant(office.profile, profile)?.persons,
    isLastAdministrator: await takesLastAdministrator(inquiry, person, { facts, after }),
    requirement: policy.act(type, action),
    authAgeSeconds: inquiry.authAgeSeconds,
  };
  return {
    ...firstVerdict(ADMINISTRATION_RULES, question),
    facts: {
      offices: own.offices.map(({ profile, network, organisation }) =>
        [profile, network ?? '*', organisation ?? '*'].join(' '),
      ),
    },
  };
}

export const administrationTypes: readonly ResourceType[] = (
  Object.keys(ADMINISTRATION) as AdministrationType[]
).map(type => ({ type, judge: (inquiry, sources) => judgeAdministration(type, inquiry, sources) }));
