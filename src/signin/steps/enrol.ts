import { ACR, acrRank, type Acr } from '#kernel/index.ts';
import type { Enrolment, FactorOffice, Holder, Method } from '#methods/index.ts';
import type { Devices } from '../devices.ts';
import type { Guard } from '../guard.ts';
import { levelOf, meansTowards, waysTowards } from '../levels.ts';
import type { Step, Visit } from '../step.ts';
import { availableTo } from './turn.ts';

/** A means that can be added here. */
interface Enrollable {
  readonly method: Method;
  readonly enrolment: Enrolment;
}

/** The step, and what has to be shown before it. */
export interface EnrolStep extends Step {
  /** True when that means, shown now, would let the person add what the application asks for. */
  readonly isLedToBy: (visit: Visit, method: Method) => Promise<boolean>;
}

/**
 * A second means for who has none, where the application (or the region, at the first sign-in) asks for one. SECURITY:
 * whoever stole a password must not make the account stronger for themselves: only during the very first sign-in and
 * in the window that follows a loss noted by an administrator. Anybody else is told whom to ask.
 */
export function createEnrolStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly office: FactorOffice;
  /** True where the region asks everybody for a second means at the first sign-in. */
  readonly isAskedAlways: boolean;
  readonly now: () => number;
}): EnrolStep {
  const { guard, devices, office, isAskedAlways, now } = deps;

  /** The level that is missing; `undefined` when nothing is. */
  function missing({ interaction, used }: Visit): Acr | undefined {
    const asked = interaction.requiredAcr;
    const needed = isAskedAlways && acrRank(asked) < acrRank(ACR.mfa) ? ACR.mfa : asked;
    return acrRank(levelOf(used)) >= acrRank(needed) ? undefined : needed;
  }

  async function choicesOf(visit: Visit): Promise<readonly Enrollable[]> {
    const { person, state, used, methods } = visit;
    const needed = missing(visit);
    // The proof that comes before was given here and now, not in a session that somebody left open.
    if (!person || !needed || state.proofs.length === 0) return [];
    // Who came by a code shows the password first, where there is one: it is what the first sign-in is known by.
    const hasPassword = person.account.passwordHash !== undefined;
    if (hasPassword && !used.some(({ factor }) => factor === 'knowledge')) return [];
    // Whoever gets there by what they have, by one means or by two, is asked for that. Nobody knows who has a card at
    // hand: it may be chosen here, and does not keep anybody from adding something else.
    const here = methods.filter(({ elsewhere }) => !elsewhere);
    if (waysTowards(needed, used, await availableTo(person, here)).length > 0) return [];
    // One is asked for here: who needs more shows first what they have.
    const towards = meansTowards(needed, used, methods);
    if (towards.some(({ id, elsewhere }) => elsewhere && id === state.secondMethod)) return [];
    if (!(await office.isWindowOpen(person))) return [];
    if (await office.hasFactors(person)) return [];
    const open = await Promise.all(
      towards.map(async ({ enrolment }) => enrolment?.isOpenTo?.(person) ?? enrolment !== undefined),
    );
    return towards.flatMap((method, index) =>
      method.enrolment && open[index] ? [{ method, enrolment: method.enrolment }] : [],
    );
  }

  /** Means whose proof is made elsewhere and that are enough too (a card). */
  async function elsewhereFor({ person, used, methods, interaction }: Visit) {
    const needed = interaction.requiredAcr;
    if (!needed) return [];
    const towards = meansTowards(needed, used, methods).filter(({ elsewhere }) => elsewhere);
    const has = await availableTo(person, towards);
    return has.flatMap(({ id, choice }) => (choice ? [{ value: id, ...choice }] : []));
  }

  async function turnOf(visit: Visit): Promise<(Enrollable & { readonly holder: Holder }) | undefined> {
    const choices = await choicesOf(visit);
    const chosen = choices.find(({ method }) => method.id === visit.state.secondMethod) ?? choices[0];
    return chosen && visit.person ? { ...chosen, holder: visit.person } : undefined;
  }

  return {
    async isLedToBy(visit, method) {
      const { interaction, used } = visit;
      if (used.includes(method) || acrRank(levelOf(used)) >= acrRank(interaction.requiredAcr)) return false;
      return (await choicesOf({ ...visit, used: [...used, method] })).length > 0;
    },
    kind: 'proof',
    isDue: async visit => (await choicesOf(visit)).length > 0,
    owns: (_visit, form) => form.has('enrol'),
    async page(visit) {
      const turn = await turnOf(visit);
      if (!turn) throw new TypeError('nothing to enrol');
      const { method, enrolment, holder } = turn;
      return {
        view: 'signin/enrol',
        data: {
          means: method.id,
          form: enrolment.form,
          noun: enrolment.noun,
          about: enrolment.about,
          login: holder.account.login,
          offer: await enrolment.begin(holder, visit.interaction.uid),
          others: [
            ...(await choicesOf(visit))
              .filter(other => other.method !== method)
              .map(other => ({
                value: other.method.id,
                label: other.enrolment.noun,
                icon: other.enrolment.icon,
              })),
            ...(await elsewhereFor(visit)),
          ],
        },
      };
    },
    async submit(visit, form) {
      const turn = await turnOf(visit);
      const chosen = form.get('method');
      if (chosen !== '') return { change: { secondMethod: chosen } };
      if (!turn || form.get('enrol') !== turn.method.id) return { refusal: { code: 'signin.form_outdated' } };
      const { method, enrolment, holder } = turn;
      const { source, interaction, state } = visit;
      const worded = (code: string) => {
        const sentence = method.sentences?.[code];
        return { code, ...(sentence ? { sentence } : {}) };
      };
      const input = form.get(enrolment.form).trim();
      if (input === '') return { refusal: worded(`signin.${enrolment.form}_missing`) };
      const terms = { name: enrolment.noun, countsAt: await office.countsAt(holder, false) };
      const { id, login } = holder.account;
      const knownDevice = await devices.known(visit.ctx, id);
      const attempt = { method, login, person: holder, source, client: interaction.clientId, knownDevice };
      const verdict = await guard.attempt(attempt, async () => {
        const confirmed = await enrolment.confirm(holder, interaction.uid, input, terms);
        if (confirmed.ok) await office.added({ holder, source }, confirmed.factor);
        return confirmed.ok ? { ok: true } : confirmed;
      });
      if (!verdict.ok) return { refusal: { ...worded(verdict.code), ...verdict } };
      // Who has just confirmed it has just shown it.
      return { change: { proofs: [...state.proofs, { method: method.id, at: now() }] } };
    },
  };
}
