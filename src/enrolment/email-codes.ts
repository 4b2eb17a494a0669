import type { SectionValues } from '#config/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import { createLiveCodes, digitsOf, type codeSection, type LiveCode } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { CollectionSpec, Store } from '#store/index.ts';

const codesSpec: CollectionSpec<LiveCode> = { name: 'enrolment_codes', version: 1, indexes: {} };

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
  readonly settings: SectionValues<typeof codeSection>;
}): EmailCodes {
  const { clock, notify, settings } = deps;
  const codes = createLiveCodes({ ...deps, spec: codesSpec, purpose: 'enrolment codes' });

  return {
    async send(request, address, mayMail) {
      const before = await codes.find(request);
      if (before && clock.now() < before.resendAt) return 'enrolment.code_too_soon';
      if (!(await mayMail())) return 'enrolment.too_many_codes';
      const { digits, code } = await codes.issue(request, [address], { isSent: true, fields: {} });
      await notify.send({
        channel: 'email',
        to: address,
        template: 'request-code',
        data: { code: digits, minutes: String(Math.round(settings.validSeconds / 60)) },
        notAfterAt: code.expiresAt,
        id: `request-code:${code.nonce}`,
      });
      return null;
    },
    async verify(request, address, input) {
      if (input.trim() === '') return 'enrolment.code_missing';
      const { kind } = await codes.verify(request, [address], digitsOf(input));
      return kind === 'right' ? null : `enrolment.code_${kind}`;
    },
    async state(request) {
      const code = await codes.find(request);
      if (!code) return null;
      return { expiresAt: code.expiresAt, resendSeconds: Math.max(0, code.resendAt - clock.now()) };
    },
  };
}
