import { randomBytes, type X509Certificate } from 'node:crypto';
import type { Clock } from '#kernel/index.ts';
import type { IssuingCa } from './issuing-ca.ts';
import { judgeOcspAnswer, type OcspAnswer } from './ocsp-answer.ts';
import { certIdOf, NONCE_BYTES, writeOcspRequest } from './ocsp-request.ts';
import { Refusal, refusedBy, type RevocationProblem } from './refusal.ts';

/** What an administrator may know of the responder. Instants are epoch seconds. */
export interface OcspHealth {
  readonly answeredAt: number | null;
  readonly lastError: {
    readonly code: RevocationProblem;
    readonly detail: string;
    readonly at: number;
  } | null;
}

export interface OcspClient {
  /**
   * Asks about one certificate; `serial` is octets without sign. A believed answer serves for some minutes at most,
   * and all who ask meanwhile share one question. Refusals are values; nobody waits longer than the time-out.
   */
  ask(
    issuer: { readonly ca: IssuingCa; readonly certificate: X509Certificate },
    serial: Uint8Array,
    isRevoked: (serial: Uint8Array) => boolean,
  ): Promise<OcspAnswer>;
  health(): OcspHealth;
}

/** A sign-in waits for this: no longer than a person does not notice. */
export const OCSP_TIMEOUT_MS = 3_000;

/** How long an answer is believed without asking again, its own end permitting. */
const CACHE_SECONDS = 300;
const MAX_CACHED = 5_000;

/** An answer and its certificate take some KiB. */
const MAX_ANSWER_BYTES = 64 * 1024;

export function createOcspClient(deps: {
  /** Configured. SECURITY: never the one that a certificate names. */
  readonly url: string;
  /** A nonce is sent and must come back; false for responders that prepare their answers. */
  readonly sendsNonce: boolean;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs?: number;
}): OcspClient {
  const { url, sendsNonce, clock, fetch, timeoutMs = OCSP_TIMEOUT_MS } = deps;
  const believed = new Map<string, { readonly answer: OcspAnswer; readonly until: number }>();
  const asking = new Map<string, Promise<OcspAnswer>>();
  let answeredAt: number | null = null;
  let lastError: OcspHealth['lastError'] = null;

  async function question(...[{ ca, certificate }, serial, isRevoked]: Parameters<OcspClient['ask']>) {
    const certId = certIdOf(ca, serial);
    const nonce = sendsNonce ? randomBytes(NONCE_BYTES) : null;
    const answer = await exchange(writeOcspRequest(certId, nonce)).then(
      der =>
        judgeOcspAnswer(der, { ca, caCertificate: certificate, certId, nonce, now: clock.now(), isRevoked }),
      refusedBy,
    );
    if (answer.ok) answeredAt = clock.now();
    else lastError = { code: answer.code, detail: answer.detail, at: clock.now() };
    return answer;
  }

  async function exchange(body: Buffer): Promise<Uint8Array> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal,
        headers: {
          'content-type': 'application/ocsp-request',
          accept: 'application/ocsp-response',
          'accept-encoding': 'identity',
        },
        body: new Uint8Array(body),
      });
      return await readAnswer(response);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (signal.aborted) throw new Refusal('card.ocsp_timeout', 'no answer in time', error);
      throw new Refusal('card.ocsp_unreachable', 'no connection', error);
    }
  }

  function remember(key: string, answer: OcspAnswer): void {
    if (!answer.ok) return;
    const limit = clock.now() + CACHE_SECONDS;
    believed.delete(key);
    believed.set(key, { answer, until: Math.min(limit, answer.nextUpdateAt ?? limit) });
    const [oldest] = believed.keys();
    if (believed.size > MAX_CACHED && oldest !== undefined) believed.delete(oldest);
  }

  return {
    ask(issuer, serial, isRevoked) {
      const key = `${issuer.ca.fingerprint} ${Buffer.from(serial).toString('hex')}`;
      const known = believed.get(key);
      if (known !== undefined && clock.now() < known.until) return Promise.resolve(known.answer);
      const asked = asking.get(key);
      if (asked !== undefined) return asked;
      const answering = question(issuer, serial, isRevoked)
        .then(answer => {
          remember(key, answer);
          return answer;
        })
        .finally(() => asking.delete(key));
      asking.set(key, answering);
      return answering;
    },
    health: () => ({ answeredAt, lastError }),
  };
}

async function readAnswer(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    if (response.status !== 200) throw new Refusal('card.ocsp_unreachable', `HTTP status ${response.status}`);
    if (response.body === null) throw new Refusal('card.ocsp_malformed', 'an empty answer');
    for await (const piece of response.body) {
      bytes += piece.length;
      if (bytes > MAX_ANSWER_BYTES) throw new Refusal('card.ocsp_malformed', 'an answer that is too long');
      pieces.push(piece);
    }
  } finally {
    if (response.body !== null && !response.bodyUsed) await response.body.cancel().catch(() => undefined);
  }
  return Buffer.concat(pieces);
}
