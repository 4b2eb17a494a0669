import type { X509Certificate } from 'node:crypto';
import type { CardAcceptance, CardJudgement, CardRefusal } from './acceptance.ts';
import type { CardCertificate } from './certificate.ts';
import type { RevocationRefusal } from './messages.ts';

/** A certificate, as its issuer's lists and responder name it. */
export interface NamedCertificate {
  /** The bytes of the issuer's name. */
  readonly issuerDer: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  readonly issuer: X509Certificate;
}

/** What the judge needs of `revocation/`. `unknown`: nobody can say now; whoever asks refuses. */
export interface RevocationSource {
  statusOf(certificate: NamedCertificate): Promise<{ readonly status: 'good' | 'revoked' | 'unknown' }>;
}

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
  readonly revocation: RevocationSource;
}): CardJudge {
  return {
    async judge(der) {
      const judged = deps.acceptance.judge(der);
      if (!judged.ok) return judged;
      const { certificate, issuer } = judged;
      // ORDER: last, so that nobody is asked about a certificate that no authority of ours has signed.
      const { status } = await deps.revocation.statusOf({
        issuerDer: certificate.issuer.der,
        serial: certificate.serial,
        issuer: issuer.certificate,
      });
      if (status === 'good') return judged;
      const code = status === 'revoked' ? 'card.revoked' : 'card.revocation_unknown';
      return { ok: false, code, certificate };
    },
  };
}
