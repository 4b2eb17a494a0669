import type { FactsSource, Target } from '../facts/facts.ts';
import { fixed, type Sources } from './sources.ts';
import type { Stretch } from './walk.ts';

/** What the subjects of an action are looked for in. */
export interface SubjectQuestion {
  readonly subject: { readonly type: string };
  readonly action: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly network: string | undefined;
  readonly onBehalfOf: string | undefined;
}

/**
 * Whoever may be permitted, and some who are not: every ground of a permit is in one of the stretches (contract §7).
 * Nobody comes in two of them.
 */
export async function subjectStretches(
  question: SubjectQuestion,
  deps: { readonly facts: FactsSource; readonly sources: Sources },
): Promise<readonly Stretch[]> {
  const { facts, sources } = deps;
  const { resource, action, network, onBehalfOf } = question;
  // Rule 1: nobody else is ever permitted.
  if (question.subject.type !== 'account') return [];
  if (resource.type === 'application') {
    const application = await facts.application(resource.id);
    if (!application) return [];
    return [membersOf(application.network, sources)];
  }
  if (network === undefined) return [];
  if (resource.type !== 'patient_record') return [membersOf(network, sources)];
  // Rule 11: only who was given a delegation acts in somebody's name.
  if (onBehalfOf !== undefined) {
    const delegator = await facts.person(onBehalfOf);
    return [
      fixed(
        'delegates',
        (delegator?.delegations ?? []).map(({ delegate }) => delegate),
      ),
    ];
  }
  // Rule 14: a record is created by whoever the profile allows.
  if (action === 'create') return [membersOf(network, sources)];
  return namedIn({ network, patientKey: resource.id }, deps);
}

const membersOf = (network: string | undefined, sources: Sources): Stretch =>
  network === undefined
    ? sources.people('everybody', 'everybody')
    : sources.people('members', { index: 'network', key: network });

/** Rule 15: the accounts that the record or an RCP session names, then the people of each organisation that it names. */
async function namedIn(
  { network, patientKey }: { network: string; patientKey: string },
  { facts, sources }: { readonly facts: FactsSource; readonly sources: Sources },
): Promise<readonly Stretch[]> {
  const { record, rcpSessions } = await facts.patient(network, patientKey);
  const targets: readonly Target[] = [...(record?.parties ?? []), ...(record?.careTeam ?? [])];
  const accounts = new Set([
    ...(record?.creators ?? []),
    ...targets.flatMap(({ account }) => account ?? []),
    ...rcpSessions.flatMap(({ participants }) => participants.map(({ account }) => account)),
  ]);
  const organisations = [...new Set(targets.flatMap(({ organisation }) => organisation ?? []))];
  return [
    fixed('account', accounts),
    ...organisations.map(key =>
      sources.people(
        `organisation:${key}`,
        { index: 'organisation', key },
        ({ id, memberships }) =>
          accounts.has(id) ||
          memberships.some(
            ({ organisation }) =>
              organisation !== undefined && organisation < key && organisations.includes(organisation),
          ),
      ),
    ),
  ];
}
