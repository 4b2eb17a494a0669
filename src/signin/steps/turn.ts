import { acrRank } from '#kernel/index.ts';
import type { AttemptPlace, Method, Person } from '#methods/index.ts';
import { levelOf, meansTowards } from '../levels.ts';
import type { Visit } from '../step.ts';

/** What the challenge step is about in a visit. */
export interface Turn {
  readonly method: Method;
  /** What may be chosen instead of it. */
  readonly others: readonly Method[];
  readonly place: AttemptPlace;
  readonly person: Person;
  readonly login: string;
}

/** Which means is asked for now: the one chosen on the first page, or one that is enough as second step. */
export async function turnOf(
  visit: Visit,
  personOf: (login: string) => Promise<Person>,
): Promise<Turn | undefined> {
  const interaction = visit.interaction.uid;
  if (!visit.person && visit.state.firstMethod != null) {
    const method = visit.methods.find(({ id }) => id === visit.state.firstMethod);
    if (!method) return undefined;
    const login = visit.state.login ?? '';
    const person = method.identifies ? null : await personOf(login);
    return { method, others: [], login, person, place: { interaction, purpose: 'first' } };
  }
  const { person } = visit;
  if (!person) return undefined;
  const again = await provingAgain(visit);
  const enough = again.length > 0 ? again : await secondMeans(visit);
  const method = enough.find(({ id }) => id === visit.state.secondMethod) ?? enough[0];
  if (!method) return undefined;
  return {
    method,
    others: enough.filter(other => other !== method && other.choice !== undefined),
    person,
    login: person.account.login,
    place: { interaction, purpose: 'second' },
  };
}

async function availableTo(person: Person, methods: readonly Method[]): Promise<readonly Method[]> {
  const isAvailable = await Promise.all(methods.map(async method => method.isAvailableTo(person)));
  return methods.filter((_method, index) => isAvailable[index]);
}

/** The means that are enough, among those which this person has: the one of least effort first. */
async function secondMeans(visit: Visit): Promise<readonly Method[]> {
  const required = visit.interaction.requiredAcr;
  if (!visit.person || !required || acrRank(levelOf(visit.used)) >= acrRank(required)) return [];
  return availableTo(visit.person, meansTowards(required, visit.used, visit.methods));
}

/** The means by which the person of the running session proves themselves again, where the password cannot be asked. */
async function provingAgain({ person, state, interaction, methods }: Visit): Promise<readonly Method[]> {
  if (!interaction.reauthenticate || !interaction.session || state.proofs.length > 0) return [];
  return availableTo(
    person,
    methods.filter(({ acrAlone }) => acrAlone !== null),
  );
}
