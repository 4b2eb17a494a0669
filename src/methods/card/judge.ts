import type { CardAcceptance, CardJudgement, CardRefusal } from './acceptance.ts';
import type { CardCertificate } from './certificate.ts';
import type { RevocationRefusal } from './messages.ts';
import type { Revocation } from './revocation/index.ts';

export type Judgement =
  | Extract<CardJudgement, { readonly ok: true }>
  | {
      readonly ok: false;
      readonly code: CardRefusal | RevocationRefusal;
      readonly certificate?: CardCertificate;
    };

/** The whole verdict on a certificate that a browser has shown: acceptance, then revocation. */
export interface CardJudge {
  judge(der: Uint8Array): Promise<Judgement>;
}

export function createCardJudge(deps: {
  readonly acceptance: CardAcceptance;
  readonly revocation: Pick<Revocation, 'statusOf'>;
}): CardJudge {
  return {
    async judge(der) {
      const judged = deps.acceptance.judge(der);
      if (!judged.ok) return judged;
      const { certificate, issuer } = judged;
      // ORDER: last, so that nobody is asked about a certificate that no authority of ours has signed.
      const { status } = await deps.revocation.statusOf({
        issuer: issuer.certificate,
        serial: certificate.serial,
        points: certificate.distributionPoints,
      });
      if (status === 'good') return judged;
      const code = status === 'revoked' ? 'card.revoked' : 'card.revocation_unknown';
      return { ok: false, code, certificate };
    },
  };
}
