import { isInForce, type Directory, type Professional } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { WorkSituation } from '#methods/index.ts';
import type { WorkPlace } from '../interaction.ts';
import type { Step, Visit } from '../step.ts';

/** One place of work that a session can be opened for. */
export interface SituationChoice {
  /** The organisation's id, or that of the place where no organisation of ours is it. */
  readonly value: string;
  readonly label: string;
  /** Profiles held there, in words. */
  readonly detail: string;
  /** What tokens tell of it; absent where a membership says it. */
  readonly place?: WorkPlace;
}

/** The places of work that may be chosen in this visit, and the one that was. */
export interface Situations {
  readonly choices: readonly SituationChoice[];
  /** Chosen in this sign-in or for the running session, and still there; the only one; `undefined` otherwise. */
  readonly chosen: Pick<SituationChoice, 'value' | 'place'> | undefined;
}

/** The situation d'exercice: asked only of a person who works in several places today. */
export function createSituationStep(deps: { readonly directory: Directory; readonly clock: Clock }): Step {
  const { directory, clock } = deps;
  const situations = (visit: Visit) => situationsOf(directory, visit, clock.nowMs());
  return {
    kind: 'duty',
    isDue: async visit => {
      const { choices, chosen } = await situations(visit);
      return choices.length > 1 && chosen === undefined;
    },
    owns: (visit, form) => visit.person !== null && form.has('situation'),
    async page(visit) {
      const { choices } = await situations(visit);
      return { view: 'signin/situation', data: { choices } };
    },
    async submit(visit, form) {
      const situation = form.get('situation');
      const { choices } = await situations(visit);
      const isTheirs = choices.some(({ value }) => value === situation);
      return isTheirs ? { change: { situation } } : { refusal: { code: 'signin.situation_missing' } };
    },
  };
}

/**
 * Places of the memberships in force, then those that the means of this sign-in vouches for: one that an organisation
 * of ours is (by FINESS) is that organisation.
 */
export async function situationsOf(
  directory: Directory,
  { person, state, interaction }: Visit,
  nowMs: number,
): Promise<Situations> {
  if (!person) return { choices: [], chosen: undefined };
  const { professional } = person;
  const [ofMemberships, vouched] = await Promise.all([
    Promise.all(placesOf(professional, nowMs).map(id => choiceOf(directory, professional, id, nowMs))),
    Promise.all((state.situations ?? []).map(situation => vouchedChoice(directory, situation))),
  ]);
  const byValue = new Map<string, SituationChoice>();
  for (const choice of [...ofMemberships, ...vouched])
    if (!byValue.has(choice.value)) byValue.set(choice.value, choice);
  const choices = [...byValue.values()];
  const { session } = interaction;
  const wanted = state.situation ?? session?.situation;
  const [only] = choices;
  // What the running session was opened for counts also where this sign-in does not vouch for it again.
  const kept = session?.place?.value === wanted ? session?.place : undefined;
  const chosen =
    (wanted === undefined ? undefined : byValue.get(wanted)) ??
    (kept ? { value: kept.value, place: kept } : undefined) ??
    (choices.length === 1 ? only : undefined);
  return { choices, chosen };
}

/** Organisations of the memberships in force, each once, in the order of the memberships. */
export function placesOf(professional: Professional, nowMs: number): readonly string[] {
  const inForce = professional.memberships.filter(membership => isInForce(membership, nowMs));
  return [...new Set(inForce.flatMap(({ organisation }) => organisation ?? []))];
}

async function choiceOf(
  directory: Directory,
  professional: Professional,
  id: string,
  nowMs: number,
): Promise<SituationChoice> {
  const organisation = await directory.organisations.get(id);
  const profiles = professional.memberships
    .filter(membership => membership.organisation === id && isInForce(membership, nowMs))
    .map(({ profile }) => directory.codes.profile(profile).label);
  return { value: id, label: organisation?.name ?? id, detail: [...new Set(profiles)].join(', ') };
}

async function vouchedChoice(directory: Directory, situation: WorkSituation): Promise<SituationChoice> {
  const { finess, profession } = situation;
  const organisation =
    finess === undefined
      ? undefined
      : (await directory.organisations.list('finess', { key: finess, limit: 1 })).items[0];
  const value = organisation?.id ?? situation.id;
  const label = organisation?.name ?? situation.name;
  return {
    value,
    label,
    detail: profession === undefined ? '' : directory.codes.profession(profession).label,
    place: {
      value,
      name: label,
      ...(organisation === undefined ? {} : { organisation: organisation.id }),
      ...(finess === undefined ? {} : { finess }),
    },
  };
}
