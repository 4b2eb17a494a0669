import { ACR } from '#kernel/index.ts';
import type { EnrolmentVerdict, Holder } from '../enrolment.ts';
import type { EnrolledFactor, Factors } from '../factors.ts';
import type { Method } from '../method.ts';
import { hashCode, newSheet, readCode, takeCode, type RecoveryData, type RecoverySheet } from './codes.ts';

/** From here on the person is told to make a new sheet. */
const FEW = 3;

/** What a person answers to a sheet that is shown. */
const NOTED = 'noted';

/**
 * Recovery codes: ten, noted down when they are shown once, each good for one sign-in when the telephone is lost. A
 * second step only, and a help for who has another means: alone they make no account stronger.
 */
export function createRecoveryMethod({ factors }: { readonly factors: Factors }): Method {
  const sheets = factors.kind<RecoveryData>('recovery', 1);
  const offers = factors.kind<RecoverySheet>('recovery', 1);

  const hasOther = async (account: string) =>
    (await factors.list(account)).some(({ method }) => method !== 'recovery');

  async function keep(
    { account }: Holder,
    { codes }: RecoverySheet,
    terms: { readonly name: string; readonly countsAt: number },
  ): Promise<EnrolmentVerdict> {
    // A new sheet takes the place of the former one, of which nobody knows what is left.
    for (const { ref } of await sheets.all(account.id)) await factors.remove(account.id, ref);
    const hashes = codes.map(code => hashCode(account.id, readCode(code)));
    const factor = await sheets.add({ account: account.id, ...terms, data: { hashes } });
    return factor ? { ok: true, factor } : { ok: false, code: 'factors.full' };
  }

  return {
    id: 'recovery',
    title: 'Codes de secours',
    factor: 'possession',
    resistsPhishing: false,
    amr: ['otp'],
    acrAlone: null,
    acrAsSecond: ACR.mfa,
    choice: { label: 'Code de secours', icon: 'doc' },
    sentences: {
      'signin.recovery_missing': { message: 'Saisissez un de vos codes de secours.' },
      'signin.recovery_malformed': {
        message: 'Recopiez le code de secours en entier : seize chiffres et lettres.',
      },
      'signin.recovery_wrong': {
        message: 'Ce code de secours n’est pas le bon, ou il a déjà servi.',
        hint: 'Chaque code ne sert qu’une fois : essayez-en un autre de votre liste.',
      },
      'factors.not_noted': {
        message: 'Notez ces codes, puis cochez la case : ils ne seront plus affichés.',
      },
    },
    isAvailableTo: async person =>
      person === null ||
      (await sheets.counting(person.account.id)).some(({ data }) => data.hashes.length > 0),
    isWellFormed: input => readCode(input) !== '',
    async verify(person, input) {
      const refused = { ok: false, code: 'signin.recovery_wrong' } as const;
      const code = readCode(input);
      const [sheet] = person ? await sheets.counting(person.account.id) : [];
      if (!person || !sheet || code === '') return refused;
      const hash = hashCode(person.account.id, code);
      // INVARIANT: single use. Of many right answers at once, exactly one takes the code from the sheet.
      const isTaken = await sheets.use(sheet, data => takeCode(data, hash));
      return isTaken ? { ok: true } : refused;
    },
    enrolment: {
      most: 1,
      noun: 'Codes de secours',
      icon: 'doc',
      about:
        'Dix codes à noter, pour le jour où vous n’avez pas votre téléphone. Chacun ne sert qu’une fois.',
      form: 'recovery',
      isOpenTo: ({ account }) => hasOther(account.id),
      noteOf: factor => noteOf(factor as EnrolledFactor<RecoveryData>),
      async begin({ account }, place) {
        const { data } = await offers.offer(account.id, place, newSheet);
        return { codes: data.codes };
      },
      async confirm(holder, place, input, terms) {
        const { account } = holder;
        if (input !== NOTED) return { ok: false, code: 'factors.not_noted' };
        const offer = await offers.findOffer(account.id, place);
        // ORDER: the codes are taken from the page before they count: what counts is shown nowhere any more.
        if (!offer || !(await offers.takeOffer(account.id, place, offer.nonce)))
          return { ok: false, code: 'signin.form_outdated' };
        return keep(holder, offer.data, terms);
      },
    },
  };
}

function noteOf({ data: { hashes } }: EnrolledFactor<RecoveryData>) {
  const left = hashes.length;
  if (left === 0) return { text: 'Tous les codes ont servi : faites-en d’autres.', isWarning: true };
  const plural = left > 1 ? 's' : '';
  if (left <= FEW)
    return { text: `Il ne reste que ${left} code${plural} : faites-en d’autres.`, isWarning: true };
  return { text: `Il reste ${left} codes.`, isWarning: false };
}
