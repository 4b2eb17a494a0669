/** Why a list of revoked certificates, or an answer about one certificate, is not believed. Codes are API. */
export type RevocationProblem =
  | 'card.crl_algorithm'
  | 'card.crl_delta'
  | 'card.crl_encoded'
  | 'card.crl_expired'
  | 'card.crl_http_status'
  | 'card.crl_indirect'
  | 'card.crl_issuer'
  | 'card.crl_malformed'
  | 'card.crl_not_yet_valid'
  | 'card.crl_partial'
  | 'card.crl_redirected'
  | 'card.crl_rollback'
  | 'card.crl_signature'
  | 'card.crl_timeout'
  | 'card.crl_too_large'
  | 'card.crl_unreachable'
  | 'card.crl_unsupported'
  | 'card.ocsp_algorithm'
  | 'card.ocsp_malformed'
  | 'card.ocsp_nonce'
  | 'card.ocsp_refused'
  | 'card.ocsp_responder'
  | 'card.ocsp_signature'
  | 'card.ocsp_stale'
  | 'card.ocsp_timeout'
  | 'card.ocsp_unknown'
  | 'card.ocsp_unreachable'
  | 'card.ocsp_unsupported';

/** Ends a reading from deep inside it. Never leaves this folder: callers receive the code as a value. */
export class Refusal extends Error {
  readonly code: RevocationProblem;

  constructor(code: RevocationProblem, detail: string, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = 'Refusal';
    this.code = code;
  }
}

/** A refusal as a value: the code, and a phrase for the log and for administrators. */
export interface Refused {
  readonly ok: false;
  readonly code: RevocationProblem;
  readonly detail: string;
}

/** The refusal that `error` is; anything else is a failure of ours and goes on. */
export function refusedBy(error: unknown): Refused {
  if (error instanceof Refusal) return { ok: false, code: error.code, detail: error.message };
  throw error;
}
