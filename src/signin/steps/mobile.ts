import type { Audit } from '#audit/index.ts';
import { hasUnprovenPhone, withProvenPhone, type Directory, type Professional } from '#directory/index.ts';
import { ACR, acrRank, hashToken, isAppError, readPhone, writePhone, type Clock } from '#kernel/index.ts';
import type { AttemptPlace, Challenge, FactorOffice, Method } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Devices } from '../devices.ts';
import { mobileProven } from '../events.ts';
import type { Attempt, Guard } from '../guard.ts';
import { levelOf } from '../levels.ts';
import type { Refusal, Step, StepResult, Visit } from '../step.ts';

/**
 * Lets the person object to a number that is about to be corrected; resolves to what tells them, once it was. The pages
 * of the account have it.
 */
export type AnnounceCorrection = (professional: Professional, number: string) => Promise<() => Promise<void>>;

type Known = NonNullable<Visit['person']>;

/**
 * Proving the mobile that somebody else wrote into the account: a code sent to it, once. It earns no level. SECURITY: the
 * number may be corrected here only by who signs in for the first time, after a loss, or with a second factor; a stolen
 * password proves at most the number that is there, which takes the telephone.
 */
export function createMobileStep(deps: {
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly directory: Directory;
  readonly guard: Guard;
  readonly devices: Devices;
  readonly office: FactorOffice;
  /** The code that proves this very number; a means of no registry. */
  readonly codeTo: (number: string) => Method;
  readonly announceCorrection: AnnounceCorrection;
  readonly policy: 'off' | 'offered' | 'required';
}): Step {
  const { clock, audit, notify, directory, guard, devices, office, codeTo, announceCorrection, policy } =
    deps;

  /** As fresh as a first sign-in, or as strong as a second factor. */
  const isTrusted = ({ state, used }: Visit) =>
    state.isFirst === true || acrRank(levelOf(used)) >= acrRank(ACR.mfa);
  const mayCorrect = async (visit: Visit, person: Known) =>
    isTrusted(visit) || (await office.isWindowOpen(person));
  // Nobody is kept out by an outage of the gateway.
  const canPostpone = () => policy === 'offered' || notify.isFailing('sms');

  async function isDue(visit: Visit): Promise<boolean> {
    const { person, state } = visit;
    if (policy === 'off' || !notify.hasSms || !person || state.proofs.length === 0) return false;
    const { professional } = person;
    if (state.isMobilePostponed || !hasUnprovenPhone(professional)) return false;
    if (policy === 'offered' && professional.unprovenPhone?.isPostponed) return false;
    return notify.reaches(professional.phone ?? '') || mayCorrect(visit, person);
  }

  async function attemptOf(
    { ctx, source, interaction }: Visit,
    person: Known,
    number: string,
  ): Promise<Attempt> {
    const { id, login } = person.account;
    const knownDevice = await devices.known(ctx, id);
    return { method: codeTo(number), login, person, source, client: interaction.clientId, knownDevice };
  }

  /** INVARIANT: a code answers for the very number that it was sent to, in the sign-in that asked for it. */
  const placeOf = ({ interaction }: Visit, number: string): AttemptPlace => ({
    interaction: `${interaction.uid}:${hashToken(number)}`,
    purpose: 'second',
  });

  /** What may not leave now is said on the page: the person may put it off. */
  async function begin(
    visit: Visit,
    person: Known,
    number: string,
    renew: boolean,
  ): Promise<{ readonly challenge?: Challenge | undefined; readonly refusal?: Refusal }> {
    try {
      const attempt = await attemptOf(visit, person, number);
      return { challenge: await guard.begin(attempt, placeOf(visit, number), renew) };
    } catch (error) {
      if (!isAppError(error) || ![429, 503].includes(error.status)) throw error;
      const { code, status, retryAfterSeconds } = error;
      return { refusal: { code, status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) } };
    }
  }

  async function ask(visit: Visit, person: Known, typed: string): Promise<StepResult> {
    const { phone = '' } = person.professional;
    const number = (await mayCorrect(visit, person)) ? readPhone(typed) : phone;
    if (number === null) return { refusal: { code: 'signin.mobile_invalid' } };
    if (!notify.reaches(number)) return { refusal: { code: 'signin.mobile_unreached' } };
    const { refusal } = await begin(visit, person, number, false);
    return refusal ? { refusal } : { change: { mobile: number } };
  }

  async function resend(visit: Visit, person: Known, number: string): Promise<StepResult> {
    const { challenge, refusal } = await begin(visit, person, number, false);
    if (refusal) return { refusal };
    const waitSeconds = (challenge?.resendAt ?? 0) - clock.now();
    if (waitSeconds > 0) return { refusal: { code: 'signin.resend_too_soon', waitSeconds } };
    const renewed = await begin(visit, person, number, true);
    return renewed.refusal ? { refusal: renewed.refusal } : { change: {} };
  }

  async function postpone({ account }: Known): Promise<StepResult> {
    if (!canPostpone()) return { refusal: { code: 'signin.form_outdated' } };
    await directory.professionals.update(account.id, person =>
      person.unprovenPhone
        ? { ...person, unprovenPhone: { ...person.unprovenPhone, isPostponed: true } }
        : person,
    );
    return { change: { mobile: null, isMobilePostponed: true } };
  }

  async function judge(visit: Visit, person: Known, number: string, typed: string): Promise<StepResult> {
    const attempt = await attemptOf(visit, person, number);
    if (typed === '') return { refusal: { code: 'signin.code_missing' } };
    if (attempt.method.isWellFormed?.(typed) === false) return { refusal: { code: 'signin.code_malformed' } };
    const verdict = await guard.attempt(attempt, () =>
      attempt.method.verify(person, typed, placeOf(visit, number)),
    );
    if (!verdict.ok) return { refusal: verdict };
    // Said only now: whoever reads the messages of a number may know that an account has it.
    if (await isTaken(number, person.account.id)) return { refusal: { code: 'signin.mobile_taken' } };
    return (await keep(visit, person, number))
      ? { change: { mobile: null } }
      : { refusal: { code: 'signin.form_outdated' } };
  }

  /** SECURITY: what two people receive is no factor of either of them. */
  async function isTaken(number: string, sub: string): Promise<boolean> {
    const { items } = await directory.professionals.list('phone', { key: number, limit: 50 });
    return items.some(({ id, status }) => status === 'active' && id !== sub);
  }

  /** False, and nothing is kept, when somebody else has changed the number meanwhile. */
  async function keep(visit: Visit, person: Known, number: string): Promise<boolean> {
    const { account, professional } = person;
    const isCorrected = number !== professional.phone;
    if (isCorrected && !(await mayCorrect(visit, person))) return false;
    const countsAt = await office.countsAt(person, isTrusted(visit));
    const tellThem = isCorrected ? await announceCorrection(professional, number) : undefined;
    // ORDER: the trace first: no number becomes a factor without one.
    await audit.record(mobileProven, {
      actor: account.id,
      account: account.id,
      source: visit.source,
      outcome: 'success',
      data: { corrected: isCorrected },
    });
    let isKept = false;
    await directory.professionals.update(account.id, before => {
      isKept = before.phone === professional.phone;
      if (!isKept) return before;
      if (!isCorrected) return withProvenPhone(before, number);
      const { unprovenPhone: _former, ...rest } = before;
      return { ...rest, phone: number, newPhone: { number, countsAt } };
    });
    if (isKept) await tellThem?.();
    return isKept;
  }

  return {
    kind: 'duty',
    isDue,
    owns: ({ state }, form) =>
      ['mobile', 'mobile_code', 'later', 'correct'].some(field => form.has(field)) ||
      (form.has('resend') && state.mobile != null),
    async page(visit, form) {
      const { person, state } = visit;
      if (!person) throw new TypeError('a mobile is proven by somebody');
      const common = { canCorrect: await mayCorrect(visit, person), canPostpone: canPostpone() };
      if (state.mobile == null) {
        const number = writePhone(person.professional.phone ?? '');
        return { view: 'signin/mobile', data: { ...common, number, typed: form?.get('mobile') ?? number } };
      }
      const { challenge, refusal } = await begin(visit, person, state.mobile, false);
      return {
        view: 'signin/mobile-code',
        ...(refusal ? { refusal } : {}),
        data: {
          ...common,
          number: writePhone(state.mobile),
          digits: challenge?.digits ?? null,
          resendSeconds: challenge ? Math.max(0, challenge.resendAt - clock.now()) : 0,
          expiresAt: challenge?.expiresAt ?? null,
        },
      };
    },
    async submit(visit, form) {
      const { person, state } = visit;
      if (!person) return { refusal: { code: 'signin.form_outdated' } };
      if (form.has('later')) return postpone(person);
      if (form.has('correct')) return { change: { mobile: null } };
      if (state.mobile == null)
        return form.has('mobile')
          ? ask(visit, person, form.get('mobile'))
          : { refusal: { code: 'signin.form_outdated' } };
      if (form.has('resend')) return resend(visit, person, state.mobile);
      return judge(visit, person, state.mobile, form.get('mobile_code').trim());
    },
  };
}
