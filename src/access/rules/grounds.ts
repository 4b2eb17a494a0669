import { isInForce } from '#directory/index.ts';
import type { PartyFacts, RcpSessionFacts, Target } from '../facts/facts.ts';
import type { ReasonCode } from '../vocabulary.ts';
import { onBehalf } from './delegation.ts';
import { profileOpens } from './membership.ts';
import { deny, permit, type Person, type RecordQuestion, type Rule } from './rule.ts';

/** Rules 15 and 16: what opens this record to this account, or why nothing does. */

/** Rules 12 to 16 judge the delegator when there is one (rule 11 has seen to it that the account exists). */
const judgedPerson = ({ subject, delegator }: RecordQuestion): Person | null =>
  delegator ? delegator.person : subject;

const names = (person: Person) => (entry: Target) =>
  entry.account !== undefined && entry.account === person.id;

/** An entry that names an organisation counts only for a person whose own profile **there** allows the action. */
const namesOrganisationOf = (person: Person, question: RecordQuestion) => {
  const organisations = new Set(
    person.memberships.flatMap(held =>
      held.organisation !== undefined && profileOpens(person, held.profile, question)
        ? [held.organisation]
        : [],
    ),
  );
  return (entry: Target) => entry.organisation !== undefined && organisations.has(entry.organisation);
};

/** INVARIANT: a withdrawal holds from its instant on; a date to come has not withdrawn anything yet. */
export const isWithdrawn = (party: PartyFacts, atMs: number): boolean =>
  party.withdrawnAtMs !== undefined && party.withdrawnAtMs <= atMs;

const RCP_WRITERS: readonly string[] = ['responsable_rcp', 'secretaire_rcp'];

function rcpOpens({ participants }: RcpSessionFacts, person: Person, action: string): boolean {
  return participants.some(
    ({ account, role }) =>
      account === person.id &&
      (action === 'read' ||
        ((action === 'write' || action === 'rcp_register') && RCP_WRITERS.includes(role))),
  );
}

function groundOf(question: RecordQuestion, person: Person): ReasonCode | undefined {
  const { record, network, atMs, action, rcpSessions } = question;
  const isPerson = names(person);
  const isOrganisation = namesOrganisationOf(person, question);
  const parties = (record?.parties ?? []).filter(
    party => isInForce(party, atMs) && !isWithdrawn(party, atMs),
  );
  if (record?.creators.includes(person.id)) return 'permitted_creator';
  if (parties.some(isPerson)) return 'permitted_party';
  if (parties.some(isOrganisation)) return 'permitted_party_organisation';
  if (network?.regime === 'information_opposition') {
    const team = (record?.careTeam ?? []).filter(entry => isInForce(entry, atMs));
    if (team.some(entry => isPerson(entry) || isOrganisation(entry))) return 'permitted_care_team';
  }
  if (rcpSessions.some(session => rcpOpens(session, person, action))) return 'permitted_rcp';
  return undefined;
}

export const grounds: Rule<RecordQuestion> = {
  id: '15',
  judge(question) {
    const person = judgedPerson(question);
    const ground = person ? groundOf(question, person) : undefined;
    if (ground === undefined) return undefined;
    return permit(ground, onBehalf(question));
  },
};

export const otherwise: Rule<RecordQuestion> = {
  id: '16',
  judge(question) {
    const { record, network, atMs } = question;
    const person = judgedPerson(question);
    const isOrganisation = person ? namesOrganisationOf(person, question) : () => false;
    const named = (record?.parties ?? []).filter(
      party => (person !== null && names(person)(party)) || isOrganisation(party),
    );
    if (named.some(party => isWithdrawn(party, atMs)))
      return deny('consent_withdrawn', { facts: { party: 'withdrawn' } });
    if (named.some(({ toMs }) => toMs !== undefined && toMs <= atMs))
      return deny('consent_expired', { facts: { party: 'ended' } });
    return deny(network?.regime === 'consentement' ? 'consent_missing' : 'not_in_care_team');
  },
};
