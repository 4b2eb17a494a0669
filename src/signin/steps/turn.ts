import type { AttemptPlace, Method, Person } from '#methods/index.ts';
import { waysTowards, type Way } from '../levels.ts';
import type { Visit } from '../step.ts';

/** What the challenge step is about in a visit. */
export interface Turn {
  readonly method: Method;
  /** What may be chosen instead of it. */
  readonly others: readonly Method[];
  readonly place: AttemptPlace;
  readonly person: Person;
  readonly login: string;
  /** How many proofs the level still takes by this means, its own included. */
  readonly proofsLeft: number;
}

/** Which means is asked for now: the one chosen on the first page, or the first of a way to the level that is needed. */
export async function turnOf(
  visit: Visit,
  {
    personOf,
    beforeEnrolment,
  }: {
    readonly personOf: (login: string) => Promise<Person>;
    /** What is shown before a means can be added that the level needs; `undefined` when that would not help. */
    readonly beforeEnrolment: (visit: Visit) => Promise<Method | undefined>;
  },
): Promise<Turn | undefined> {
  const interaction = visit.interaction.uid;
  if (!visit.person && visit.state.firstMethod != null) {
    const method = visit.methods.find(({ id }) => id === visit.state.firstMethod);
    if (!method) return undefined;
    const login = visit.state.login ?? '';
    const person = method.identifies ? null : await personOf(login);
    return { method, others: [], login, person, place: { interaction, purpose: 'first' }, proofsLeft: 1 };
  }
  const { person } = visit;
  if (!person) return undefined;
  const again = await provingAgain(visit);
  const towards = again.length > 0 ? again.map(method => [method]) : await missingProofs(visit);
  const first = towards.length === 0 ? await beforeEnrolment(visit) : undefined;
  const ways: readonly Way[] = first ? [[first]] : towards;
  const way = ways.find(([one]) => one?.id === visit.state.secondMethod) ?? ways[0];
  const method = way?.[0];
  if (!way || !method) return undefined;
  const firsts = new Set(ways.flatMap(([one]) => one ?? []));
  return {
    method,
    // What is added then is a proof too.
    proofsLeft: first ? 2 : way.length,
    others: [...firsts].filter(other => other !== method && other.choice !== undefined),
    person,
    login: person.account.login,
    place: { interaction, purpose: 'second' },
  };
}

/** Those of the means that this person can use now. */
export async function availableTo(person: Person, methods: readonly Method[]): Promise<readonly Method[]> {
  const isAvailable = await Promise.all(methods.map(async method => method.isAvailableTo(person)));
  return methods.filter((_method, index) => isAvailable[index]);
}

/** The ways to the level that is needed, by the means that this person has: the one of least effort first. */
async function missingProofs(visit: Visit): Promise<readonly Way[]> {
  const required = visit.interaction.requiredAcr;
  if (!visit.person || !required) return [];
  // Whether somebody has a means is asked of few: most visits have nothing left to reach.
  if (waysTowards(required, visit.used, visit.methods).length === 0) return [];
  return waysTowards(required, visit.used, await availableTo(visit.person, visit.methods));
}

/** The means by which the person of the running session proves themselves again, where the password cannot be asked. */
async function provingAgain({ person, state, interaction, methods }: Visit): Promise<readonly Method[]> {
  if (!interaction.reauthenticate || !interaction.session || state.proofs.length > 0) return [];
  return availableTo(
    person,
    methods.filter(({ acrAlone }) => acrAlone !== null),
  );
}
