import { isInForce, type Directory, type Professional } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Step } from '../step.ts';

/** One place of work that a session can be opened for. */
export interface SituationChoice {
  /** The organisation's id. */
  readonly value: string;
  readonly label: string;
  /** Profiles held there, in words. */
  readonly detail: string;
}

/** The situation d'exercice: asked only of a person who works in several organisations today. */
export function createSituationStep(deps: { readonly directory: Directory; readonly clock: Clock }): Step {
  const { directory, clock } = deps;
  return {
    kind: 'duty',
    isDue: ({ person, state, interaction }) => {
      if (!person) return false;
      const places = placesOf(person.professional, clock.nowMs());
      const chosen = state.situation ?? interaction.session?.situation;
      return places.length > 1 && (chosen === undefined || !places.includes(chosen));
    },
    owns: (visit, form) => visit.person !== null && form.has('situation'),
    async page({ person }) {
      const choices = person ? await choicesOf(directory, person.professional, clock.nowMs()) : [];
      return { view: 'signin/situation', data: { choices } };
    },
    async submit({ person }, form) {
      const situation = form.get('situation');
      const isTheirs = person !== null && placesOf(person.professional, clock.nowMs()).includes(situation);
      return isTheirs ? { change: { situation } } : { refusal: { code: 'signin.situation_missing' } };
    },
  };
}

/** Organisations of the memberships in force, each once, in the order of the memberships. */
export function placesOf(professional: Professional, nowMs: number): readonly string[] {
  const inForce = professional.memberships.filter(membership => isInForce(membership, nowMs));
  return [...new Set(inForce.flatMap(({ organisation }) => organisation ?? []))];
}

async function choicesOf(
  directory: Directory,
  professional: Professional,
  nowMs: number,
): Promise<readonly SituationChoice[]> {
  return Promise.all(
    placesOf(professional, nowMs).map(async id => {
      const organisation = await directory.organisations.get(id);
      const profiles = professional.memberships
        .filter(membership => membership.organisation === id && isInForce(membership, nowMs))
        .map(({ profile }) => directory.codes.profile(profile).label);
      return { value: id, label: organisation?.name ?? id, detail: [...new Set(profiles)].join(', ') };
    }),
  );
}
