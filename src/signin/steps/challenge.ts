import { acrRank, isAppError } from '#kernel/index.ts';
import type { AttemptPlace, Challenge, Method, Person } from '#methods/index.ts';
import type { Devices } from '../devices.ts';
import type { Attempt, Guard } from '../guard.ts';
import { levelOf, meansTowards } from '../levels.ts';
import type { Refusal, Step, Visit } from '../step.ts';

/** What the challenge step is about in this visit. */
interface Turn {
  readonly method: Method;
  /** What may be chosen instead of it. */
  readonly others: readonly Method[];
  readonly place: AttemptPlace;
  readonly person: Person;
  readonly login: string;
}

/**
 * Any means that asks one answer on a page of its own (a code today): as first step when it was chosen on the
 * first page, or as the second step that the application's level needs. Its form and
 * field bear the means' id, or the name that it gives; where several are enough, the person may choose another.
 */
export function createChallengeStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly personOf: (login: string) => Promise<Person>;
  readonly now: () => number;
}): Step {
  const { guard, devices, personOf, now } = deps;

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

  async function turnOf(visit: Visit): Promise<Turn | undefined> {
    const interaction = visit.interaction.uid;
    if (!visit.person && visit.state.firstMethod != null) {
      const method = visit.methods.find(({ id }) => id === visit.state.firstMethod);
      const login = visit.state.login ?? '';
      return (
        method && {
          method,
          others: [],
          login,
          person: await personOf(login),
          place: { interaction, purpose: 'first' },
        }
      );
    }
    const again = await provingAgain(visit);
    const enough = again.length > 0 ? again : await secondMeans(visit);
    const method = enough.find(({ id }) => id === visit.state.secondMethod) ?? enough[0];
    if (!method || !visit.person) return undefined;
    const { person } = visit;
    return {
      method,
      others: enough.filter(other => other !== method && other.choice !== undefined),
      person,
      login: person.account.login,
      place: { interaction, purpose: 'second' },
    };
  }

  async function attemptOf(visit: Visit, { method, login, person }: Turn): Promise<Attempt> {
    const { source, interaction } = visit;
    const knownDevice = await devices.known(visit.ctx, person?.account.id);
    return { method, login, person, source, client: interaction.clientId, knownDevice };
  }

  async function begin(visit: Visit, turn: Turn, renew: boolean): Promise<Challenge | undefined> {
    return guard.begin(await attemptOf(visit, turn), turn.place, renew);
  }

  /** What may not leave now is no dead end for whoever has another means. */
  async function tryToBegin(
    visit: Visit,
    turn: Turn,
  ): Promise<{ readonly challenge?: Challenge | undefined; readonly refusal?: Refusal }> {
    try {
      return { challenge: await begin(visit, turn, false) };
    } catch (error) {
      if (turn.others.length === 0 || !isAppError(error) || ![429, 503].includes(error.status)) throw error;
      const { code, status, retryAfterSeconds } = error;
      return {
        refusal: { code, status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
      };
    }
  }

  return {
    kind: 'proof',
    isDue: async visit => (await turnOf(visit)) !== undefined,
    async owns(visit, form) {
      const turn = await turnOf(visit);
      if (!turn) return false;
      return (
        form.has(formOf(turn.method)) ||
        form.has('resend') ||
        isChoice(turn, form.get('method')) ||
        (form.has('restart') && visit.person === null)
      );
    },
    async page(visit) {
      const turn = await turnOf(visit);
      if (!turn) throw new TypeError('a challenge page without a challenge');
      const { challenge, refusal } = await tryToBegin(visit, turn);
      return {
        view: `signin/${formOf(turn.method)}`,
        ...(refusal ? { refusal } : {}),
        data: {
          means: turn.method.id,
          others: turn.others.map(({ id, choice }) => ({ value: id, ...choice })),
          login: turn.login,
          isFirst: turn.place.purpose === 'first',
          destination: challenge?.destination ?? null,
          resendSeconds: challenge ? Math.max(0, challenge.resendAt - now()) : 0,
          expiresAt: challenge?.expiresAt ?? null,
        },
      };
    },
    async submit(visit, form) {
      if (form.has('restart')) return { change: { firstMethod: null } };
      const turn = await turnOf(visit);
      if (!turn) return { refusal: { code: 'signin.form_outdated' } };
      const { method, person, place } = turn;
      const field = formOf(method);
      const chosen = form.get('method');
      if (chosen !== '' && isChoice(turn, chosen)) return { change: { secondMethod: chosen } };
      if (form.has('resend')) {
        const current = await begin(visit, turn, false);
        const waitSeconds = (current?.resendAt ?? 0) - now();
        if (waitSeconds > 0) return { refusal: { code: 'signin.resend_too_soon', waitSeconds } };
        await begin(visit, turn, true);
        return { change: {} };
      }
      const input = form.get(field).trim();
      if (input === '') return { refusal: { code: `signin.${field}_missing` } };
      if (method.isWellFormed?.(input) === false) return { refusal: { code: `signin.${field}_malformed` } };
      const verdict = await guard.attempt(await attemptOf(visit, turn), () =>
        method.verify(person, input, place),
      );
      if (!verdict.ok) return { refusal: { ...verdict } };
      if (!person) return { refusal: { code: `signin.${field}_wrong` } };
      const proofs = [...visit.state.proofs, { method: method.id, at: now() }];
      return { change: { accountId: person.account.id, proofs } };
    },
  };
}

/** Id and field of the form that a means is asked with. */
function formOf({ id, form = id }: Method): string {
  return form;
}

function isChoice({ others }: Turn, id: string): boolean {
  return others.some(other => other.id === id);
}
