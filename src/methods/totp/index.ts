import type { Directory } from '#directory/index.ts';
import { ACR, type Clock } from '#kernel/index.ts';
import type { EnrolledFactor, Factors } from '../factors.ts';
import type { Method, Verdict } from '../method.ts';
import { judgeCode, spend, spendElsewhen, type TotpData } from './codes.ts';
import { totpFactors } from './devices.ts';
import { clockSentence } from './clock.ts';
import { createTotpEnrolment } from './enrolment.ts';

/**
 * Codes that change every thirty seconds (RFC 6238), of an application that the person enrolled or of a calculette that
 * was given to them. A second step only: it says nothing of who somebody is. A code serves once, whatever the browser;
 * one of another time is refused, with a word on the clock.
 */
export function createTotpMethod(deps: {
  readonly clock: Clock;
  readonly factors: Factors;
  readonly directory: Directory;
}): Method {
  const { clock } = deps;
  const own = totpFactors(deps.factors);

  /** The verdict of one device; `null` when the code is not one of its own. */
  async function verdictOf(factor: EnrolledFactor<TotpData>, code: string): Promise<Verdict | null> {
    const judged = judgeCode(factor.data, code, clock.now());
    if (judged.kind === 'wrong') return null;
    if (judged.kind === 'elsewhen') {
      await own.revise(factor, data => spendElsewhen(data, judged.step));
      return { ok: false, code: 'signin.totp_clock', sentence: clockSentence(judged.skewSeconds) };
    }
    // INVARIANT: compare-and-set on the step: of many right answers at once, exactly one counts.
    const isFirst = await own.use(factor, data => spend(data, judged.step));
    return isFirst ? { ok: true } : { ok: false, code: 'signin.totp_replayed' };
  }

  return {
    id: 'totp',
    field: 'code',
    title: 'Application de codes ou calculette',
    factor: 'possession',
    resistsPhishing: false,
    amr: ['otp'],
    acrAlone: null,
    acrAsSecond: ACR.mfa,
    choice: { label: 'Code de mon application ou de ma calculette', icon: 'token' },
    sentences: {
      'signin.totp_missing': {
        message: 'Saisissez le code que votre application ou votre calculette affiche.',
      },
      'signin.totp_malformed': { message: 'Recopiez le code en entier : il n’a que des chiffres.' },
      'signin.totp_wrong': {
        message: 'Ce code n’est pas le bon.',
        hint: 'Vérifiez que c’est le code de ce compte, et attendez le suivant s’il est sur le point de changer.',
      },
      'signin.totp_replayed': {
        message: 'Ce code a déjà servi.',
        hint: 'Attendez que le suivant s’affiche, trente secondes au plus, et saisissez-le.',
      },
    },
    isAvailableTo: async person => person === null || (await own.counting(person.account.id)).length > 0,
    isWellFormed: input => /^\d{6,8}$/u.test(digitsOf(input)),
    async verify(person, input) {
      const code = digitsOf(input);
      const counting = person ? await own.counting(person.account.id) : [];
      let elsewhen: Verdict | undefined;
      for (const factor of counting) {
        const verdict = await verdictOf(factor, code);
        if (verdict?.ok) return verdict;
        elsewhen ??= verdict ?? undefined;
      }
      return elsewhen ?? { ok: false, code: 'signin.totp_wrong' };
    },
    enrolment: createTotpEnrolment({ ...deps, own, digitsOf }),
  };
}

/** What was typed, without the spaces in which applications show it. */
function digitsOf(input: string): string {
  return input.replace(/\s+/gu, '');
}
