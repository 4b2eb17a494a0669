import { isAppError } from '#kernel/index.ts';
import type { Challenge, Method, Person, ProvenIdentity } from '#methods/index.ts';
import type { Devices } from '../devices.ts';
import type { Attempt, Guard } from '../guard.ts';
import type { SigninState, StateChange } from '../state.ts';
import type { Refusal, Step, StepResult, Visit } from '../step.ts';
import { turnOf as findTurn, type Turn } from './turn.ts';

/** Keeps whom a means has proven, for a request for an account; resolves to the address of its form. */
export type AskForAccount = (identity: ProvenIdentity, method: string) => Promise<string>;

/**
 * Any means that asks one answer on a page of its own (a code), or whose proof is made elsewhere (a card): as first
 * step when it was chosen on the first page, or as the second step that the application's level needs. Its form and
 * field bear the means' id, or the names that it gives; where several are enough, the person may choose another.
 */
export function createChallengeStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly personOf: (login: string) => Promise<Person>;
  /** What is shown before a means can be added that the level needs. */
  readonly beforeEnrolment: (visit: Visit) => Promise<Method | undefined>;
  readonly isActive: (accountId: string) => Promise<boolean>;
  readonly now: () => number;
  readonly askForAccount?: AskForAccount;
}): Step {
  const { guard, devices, isActive, now, askForAccount } = deps;
  const turns = new WeakMap<Visit, Promise<Turn | undefined>>();

  /** SECURITY: found once a request. Each look-up of somebody takes longer than one of nobody: four would tell by the clock. */
  function turnOf(visit: Visit): Promise<Turn | undefined> {
    const known = turns.get(visit);
    if (known) return known;
    const turn = findTurn(visit, deps);
    turns.set(visit, turn);
    return turn;
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
    // Nothing is prepared elsewhere until the person goes there.
    if (turn.method.elsewhere) return {};
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

  async function leave(visit: Visit, turn: Turn): Promise<StepResult> {
    const address = (await begin(visit, turn, true))?.address;
    if (address === undefined)
      throw new TypeError(`${turn.method.id} is proven elsewhere, and does not say where`);
    return { change: { arrival: null, unknown: null }, leaveFor: address };
  }

  async function resend(visit: Visit, turn: Turn): Promise<StepResult> {
    const current = await begin(visit, turn, false);
    const waitSeconds = (current?.resendAt ?? 0) - now();
    if (waitSeconds > 0) return { refusal: { code: 'signin.resend_too_soon', waitSeconds } };
    await begin(visit, turn, true);
    return { change: {} };
  }

  async function judge(visit: Visit, turn: Turn, input: string): Promise<JudgedAnswer> {
    const { method, person, place } = turn;
    const verdict = await guard.attempt(await attemptOf(visit, turn), () =>
      method.verify(person, input, place),
    );
    if (!verdict.ok) {
      return {
        refusal: worded(method, verdict),
        ...('unknown' in verdict && verdict.unknown ? { unknown: verdict.unknown } : {}),
      };
    }
    const accountId = method.identifies ? verdict.accountId : person?.account.id;
    if (accountId === undefined) return { refusal: { code: `signin.${formOf(method)}_wrong` } };
    // SECURITY: a colleague's card never lifts somebody else's session.
    if (person && person.account.id !== accountId) return { refusal: { code: 'signin.another_person' } };
    if (!(await isActive(accountId))) return { refusal: { code: 'signin.account_inactive' } };
    return {
      accountId,
      ...(verdict.situations ? { situations: verdict.situations } : {}),
      ...(verdict.origins ? { origins: verdict.origins } : {}),
    };
  }

  const proven = (visit: Visit, { method }: Turn, answer: ProvenAnswer): StateChange => ({
    ...answer,
    proofs: [...visit.state.proofs, { method: method.id, at: now() }],
  });

  return {
    kind: 'proof',
    isDue: async visit => (await turnOf(visit)) !== undefined,
    async owns(visit, form) {
      const turn = await turnOf(visit);
      if (!turn) return false;
      return (
        form.has(fieldOf(turn.method)) ||
        form.has('resend') ||
        isChoice(turn, form.get('method')) ||
        (form.has('request') && visit.state.unknown != null) ||
        (form.has('restart') && visit.person === null)
      );
    },
    async page(visit) {
      const turn = await turnOf(visit);
      if (!turn) throw new TypeError('a challenge page without a challenge');
      const { challenge, refusal: withheld } = await tryToBegin(visit, turn);
      const outage = challenge?.isFailing ? OUTAGE : undefined;
      const refusal = withheld ?? arrivalRefusal(visit, turn) ?? outage;
      const { unknown } = visit.state;
      return {
        view: turn.method.elsewhere ? 'signin/elsewhere' : `signin/${formOf(turn.method)}`,
        ...(refusal ? { refusal } : {}),
        data: {
          means: turn.method.id,
          proofsLeft: turn.proofsLeft,
          others: turn.others.map(({ id, choice }) => ({ value: id, ...choice })),
          login: turn.login,
          isFirst: turn.place.purpose === 'first',
          destination: challenge?.destination ?? null,
          digits: challenge?.digits ?? null,
          resendSeconds: challenge ? Math.max(0, challenge.resendAt - now()) : 0,
          expiresAt: challenge?.expiresAt ?? null,
          options: challenge?.options ?? null,
          elsewhere: turn.method.elsewhere ?? null,
          unknownName: unknown ? `${unknown.givenName} ${unknown.familyName}` : null,
          canAskForAccount: unknown != null && askForAccount !== undefined,
        },
      };
    },
    async submit(visit, form) {
      if (form.has('restart')) return { change: { firstMethod: null, arrival: null, unknown: null } };
      const turn = await turnOf(visit);
      if (!turn) return { refusal: { code: 'signin.form_outdated' } };
      const { unknown } = visit.state;
      if (form.has('request') && unknown && askForAccount)
        return { change: {}, leaveFor: await askForAccount(unknown, turn.method.id) };
      const chosen = form.get('method');
      if (chosen !== '' && isChoice(turn, chosen))
        return { change: { secondMethod: chosen, arrival: null, unknown: null } };
      if (turn.method.elsewhere) return leave(visit, turn);
      if (form.has('resend')) return resend(visit, turn);
      const input = form.get(fieldOf(turn.method)).trim();
      const noun = formOf(turn.method);
      if (input === '') return { refusal: worded(turn.method, { code: `signin.${noun}_missing` }) };
      if (turn.method.isWellFormed?.(input) === false)
        return { refusal: worded(turn.method, { code: `signin.${noun}_malformed` }) };
      const judged = await judge(visit, turn, input);
      return 'refusal' in judged ? judged : { change: proven(visit, turn, judged) };
    },
    async departure(visit) {
      const turn = await turnOf(visit);
      const result = turn?.method.elsewhere ? await leave(visit, turn) : undefined;
      return result && 'leaveFor' in result ? result.leaveFor : undefined;
    },
    async arrive(visit, query) {
      const turn = await turnOf(visit);
      if (!turn?.method.elsewhere) return {};
      try {
        const judged = await judge(visit, turn, query);
        if (!('refusal' in judged)) return proven(visit, turn, judged);
        const { code, retryAfterSeconds } = judged.refusal;
        return { arrival: arrivalOf(code, retryAfterSeconds), unknown: judged.unknown ?? null };
      } catch (error) {
        if (!isAppError(error) || error.status !== 503) throw error;
        return { arrival: arrivalOf(error.code, error.retryAfterSeconds) };
      }
    },
  };
}

/** The page is whole, and the code may still come: said, and refused to nobody. */
const OUTAGE: Refusal = { code: 'signin.sending_fails', status: 200 };

type ProvenAnswer = Pick<SigninState, 'situations' | 'origins'> & { readonly accountId: string };
type JudgedAnswer = ProvenAnswer | { readonly refusal: Refusal; readonly unknown?: ProvenIdentity };

/** Id of the form that a means is asked with. */
function formOf({ id, form = id }: Method): string {
  return form;
}

function fieldOf(method: Method): string {
  return method.field ?? formOf(method);
}

function isChoice({ others }: Turn, id: string): boolean {
  return others.some(other => other.id === id);
}

function arrivalOf(code: string, retryAfterSeconds: number | undefined) {
  return { code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** Why the proof that was made elsewhere was not accepted, in the words of its means. */
function arrivalRefusal({ state }: Visit, { method }: Turn): Refusal | undefined {
  if (!state.arrival) return undefined;
  return worded(method, state.arrival);
}

/** A refusal in the words of its means: those that came with it, else those of its code. */
function worded(method: Method, refusal: Refusal): Refusal {
  const sentence = refusal.sentence ?? method.sentences?.[refusal.code];
  return { ...refusal, ...(sentence ? { sentence } : {}) };
}
