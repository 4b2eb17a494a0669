import { acrRank } from '#kernel/index.ts';
import type { AttemptPlace, Challenge, Method, Person } from '#methods/index.ts';
import type { Devices } from '../devices.ts';
import type { Attempt, Guard } from '../guard.ts';
import { levelOf, meansTowards } from '../levels.ts';
import type { Step, Visit } from '../step.ts';

/** What the challenge step is about in this visit. */
interface Turn {
  readonly method: Method;
  readonly place: AttemptPlace;
  readonly person: Person;
  readonly login: string;
}

/**
 * Any means that asks one answer on a page of its own (a code today): as first step when it was chosen on the
 * first page, or as the second step that the application's level needs. Its form and field bear the means' id.
 */
export function createChallengeStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly personOf: (login: string) => Promise<Person>;
  readonly now: () => number;
}): Step {
  const { guard, devices, personOf, now } = deps;

  /** The first means that is enough, among those which this person has. */
  function secondMeans(visit: Visit): Method | undefined {
    const required = visit.interaction.requiredAcr;
    if (!visit.person || !required || acrRank(levelOf(visit.used)) >= acrRank(required)) return undefined;
    return meansTowards(required, visit.used, visit.methods).find(method =>
      method.isAvailableTo(visit.person),
    );
  }

  /** The means by which the person of the running session proves themselves again, where the password cannot be asked. */
  function provingAgain({ person, state, interaction, methods }: Visit): Method | undefined {
    if (!interaction.reauthenticate || !interaction.session || state.proofs.length > 0) return undefined;
    return methods.find(method => method.acrAlone !== null && method.isAvailableTo(person));
  }

  async function turnOf(visit: Visit): Promise<Turn | undefined> {
    const interaction = visit.interaction.uid;
    if (!visit.person && visit.state.firstMethod != null) {
      const method = visit.methods.find(({ id }) => id === visit.state.firstMethod);
      const login = visit.state.login ?? '';
      return (
        method && { method, login, person: await personOf(login), place: { interaction, purpose: 'first' } }
      );
    }
    const method = provingAgain(visit) ?? secondMeans(visit);
    if (!method || !visit.person) return undefined;
    const { person } = visit;
    return { method, person, login: person.account.login, place: { interaction, purpose: 'second' } };
  }

  async function attemptOf(visit: Visit, { method, login, person }: Turn): Promise<Attempt> {
    const { source, interaction } = visit;
    const knownDevice = await devices.known(visit.ctx, person?.account.id);
    return { method, login, person, source, client: interaction.clientId, knownDevice };
  }

  async function begin(visit: Visit, turn: Turn, renew: boolean): Promise<Challenge | undefined> {
    return guard.begin(await attemptOf(visit, turn), turn.place, renew);
  }

  return {
    kind: 'proof',
    isDue: async visit => (await turnOf(visit)) !== undefined,
    async owns(visit, form) {
      const turn = await turnOf(visit);
      if (!turn) return false;
      return form.has(turn.method.id) || form.has('resend') || (form.has('restart') && visit.person === null);
    },
    async page(visit) {
      const turn = await turnOf(visit);
      if (!turn) throw new TypeError('a challenge page without a challenge');
      const challenge = await begin(visit, turn, false);
      return {
        view: `signin/${turn.method.id}`,
        data: {
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
      if (form.has('resend')) {
        const current = await begin(visit, turn, false);
        const waitSeconds = (current?.resendAt ?? 0) - now();
        if (waitSeconds > 0) return { refusal: { code: 'signin.resend_too_soon', waitSeconds } };
        await begin(visit, turn, true);
        return { change: {} };
      }
      const input = form.get(method.id).trim();
      if (input === '') return { refusal: { code: `signin.${method.id}_missing` } };
      if (method.isWellFormed?.(input) === false)
        return { refusal: { code: `signin.${method.id}_malformed` } };
      const verdict = await guard.attempt(await attemptOf(visit, turn), () =>
        method.verify(person, input, place),
      );
      if (!verdict.ok) return { refusal: { ...verdict } };
      if (!person) return { refusal: { code: 'signin.code_wrong' } };
      const proofs = [...visit.state.proofs, { method: method.id, at: now() }];
      return { change: { accountId: person.account.id, proofs } };
    },
  };
}
