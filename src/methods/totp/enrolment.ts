import { randomBytes } from 'node:crypto';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { generateURI, ScureBase32Plugin } from 'otplib';
import { renderSVG } from 'uqr';
import type { Enrolment } from '../enrolment.ts';
import type { FactorKind } from '../factors.ts';
import { clockSentence } from './clock.ts';
import { APPLICATION_KEY, judgeCode, spend, type TotpData } from './codes.ts';
import { MOST_TOTP } from './devices.ts';

/** SPEC: RFC 4226 §4 R6: 160 bits. */
const SECRET_BYTES = 20;

/** A QR code has a quiet zone of four modules (ISO/IEC 18004). */
const QUIET_ZONE = 4;

/** A new key for an application: a QR code and the same key as text, then the first code that it makes. */
export function createTotpEnrolment(deps: {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly own: FactorKind<TotpData>;
  readonly digitsOf: (input: string) => string;
}): Enrolment {
  const { clock, directory, own, digitsOf } = deps;

  return {
    most: MOST_TOTP,
    noun: 'Application de codes',
    icon: 'token',
    about: 'Une application de votre téléphone affiche un code qui change toutes les trente secondes.',
    form: 'totp',
    async begin({ account }, place) {
      const { data } = await own.offer(account.id, place, newKey);
      const { name: issuer } = await directory.region();
      const address = generateURI({ ...data, issuer: issuer.replaceAll(':', ' '), label: account.login });
      return {
        // Drawn here: the key is in it, so it must never be an address that somebody else serves.
        picture: renderSVG(address, { ecc: 'M', border: QUIET_ZONE, pixelSize: 4 }),
        key: data.secret.match(/.{1,4}/gu)?.join(' ') ?? data.secret,
      };
    },
    async confirm({ account }, place, input, { name, countsAt }) {
      const offer = await own.findOffer(account.id, place);
      if (!offer) return { ok: false, code: 'signin.form_outdated' };
      const judged = judgeCode(offer.data, digitsOf(input), clock.now());
      if (judged.kind === 'wrong') return { ok: false, code: 'signin.totp_wrong' };
      if (judged.kind === 'elsewhen')
        return { ok: false, code: 'signin.totp_clock', sentence: clockSentence(judged.skewSeconds) };
      // INVARIANT: one offer makes one factor, under as many confirmations at once as there may be.
      if (!(await own.takeOffer(account.id, place, offer.nonce)))
        return { ok: false, code: 'signin.form_outdated' };
      // The code that confirmed it is spent: it proves nothing a second time.
      const data = spend(offer.data, judged.step) ?? offer.data;
      const factor = await own.add({ account: account.id, name, countsAt, data });
      return factor ? { ok: true, factor } : { ok: false, code: 'factors.full' };
    },
  };
}

function newKey(): TotpData {
  const secret = new ScureBase32Plugin().encode(randomBytes(SECRET_BYTES), { padding: false });
  return { secret, ...APPLICATION_KEY, lastStep: -1, spentSteps: [] };
}
