import { createHmac } from 'node:crypto';
import type { SectionValues } from '#config/index.ts';
import { equalsInConstantTime, randomDigits, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { codeSection } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Counters } from '#signin/index.ts';

/** The live code of one request: a newer one takes its place, so an older one is void. */
interface CodeDoc extends Doc {
  readonly nonce: string;
  /** HMAC of the request, the address and the digits. */
  readonly mac: string;
  readonly resendAt: number;
  readonly expiresAt: number;
}

const codesSpec: CollectionSpec<CodeDoc> = { name: 'enrolment_codes', version: 1, indexes: {} };

export type CodeProblem =
  'enrolment.code_wrong' | 'enrolment.code_expired' | 'enrolment.code_exhausted' | 'enrolment.code_missing';

export type SendProblem = 'enrolment.code_too_soon' | 'enrolment.too_many_codes';

/** Proves that whoever asks reads the mail of an address: the mechanics of the code of sign-in, bound to a request. */
export interface EmailCodes {
  /**
   * Sends a code to the address, unless one was sent a moment ago or a bound is reached. SECURITY: it does the same
   * for an address that an account has: nobody learns of it here.
   */
  send(request: string, address: string, mayMail: () => Promise<boolean>): Promise<SendProblem | null>;
  /** `null` when it is the code of that request and that address. Single use, a few tries. */
  verify(request: string, address: string, input: string): Promise<CodeProblem | null>;
  /** How long the live code stays, and how soon another may be asked for; `null` without one. */
  state(request: string): Promise<{ readonly expiresAt: number; readonly resendSeconds: number } | null>;
}

export function createEmailCodes(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly notify: Notify;
  readonly counters: Counters;
  readonly settings: SectionValues<typeof codeSection>;
}): EmailCodes {
  const { clock, notify, counters, settings } = deps;
  const codes = deps.store.collection(codesSpec);
  const key = deps.sealer.derive('enrolment codes');

  /** SECURITY: six digits are guessed from a bare hash at once. Bound to the address: changing it voids the code. */
  const macOf = (request: string, address: string, nonce: string, digits: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([request, address, nonce, digits]))
      .digest('base64url');

  return {
    async send(request, address, mayMail) {
      const now = clock.now();
      const before = await codes.get(request);
      if (before && now < before.resendAt) return 'enrolment.code_too_soon';
      if (!(await mayMail())) return 'enrolment.too_many_codes';
      const nonce = randomId();
      const digits = randomDigits(settings.digits);
      const expiresAt = now + settings.validSeconds;
      // ORDER: the code is stored before it is sent: a crash between the two only asks for another one.
      await codes.put({
        id: request,
        nonce,
        mac: macOf(request, address, nonce, digits),
        resendAt: now + settings.resendSeconds,
        expiresAt,
      });
      await notify.send({
        channel: 'email',
        to: address,
        template: 'request-code',
        data: { code: digits, minutes: String(Math.round(settings.validSeconds / 60)) },
        notAfterAt: expiresAt,
        id: `request-code:${nonce}`,
      });
      return null;
    },
    async verify(request, address, input) {
      const typed = input.replace(/\s+/gu, '');
      if (typed === '') return 'enrolment.code_missing';
      const doc = await codes.get(request);
      if (!doc) return 'enrolment.code_expired';
      const tries = await counters.count({
        name: 'tries',
        id: `request:tries:${doc.nonce}`,
        max: settings.maxTries,
        windowSeconds: settings.validSeconds,
      });
      if (tries === null) return 'enrolment.code_exhausted';
      if (!equalsInConstantTime(macOf(request, address, doc.nonce, typed), doc.mac))
        return tries < settings.maxTries ? 'enrolment.code_wrong' : 'enrolment.code_exhausted';
      // INVARIANT: single use. Of many right answers at once, exactly one takes the document away.
      const taken = await codes.consume(request, ({ nonce }) => nonce === doc.nonce);
      return taken ? null : 'enrolment.code_expired';
    },
    async state(request) {
      const doc = await codes.get(request);
      if (!doc) return null;
      return { expiresAt: doc.expiresAt, resendSeconds: Math.max(0, doc.resendAt - clock.now()) };
    },
  };
}
