import { verify, X509Certificate, type KeyObject } from 'node:crypto';
import {
  childrenOf,
  contextTag,
  DerError,
  expectTag,
  magnitudeOf,
  objectIdOf,
  readDer,
  readExtensions,
  TAG,
  timeOf,
  type DerElement,
  type Extension,
} from '../der.ts';
import { readIssuingCa, type IssuingCa } from './issuing-ca.ts';
import { nonceValue, sha1, type CertId } from './ocsp-request.ts';
import { Refusal, refusedBy, type Refused } from './refusal.ts';
import { signatureAlgorithmOf } from './signature-algorithm.ts';

/** A question that was asked, and what a believable answer to it must fit. */
export interface OcspQuestion {
  readonly ca: IssuingCa;
  readonly caCertificate: X509Certificate;
  readonly certId: CertId;
  /** What was sent; the answer must hold the same. `null`: none was sent. */
  readonly nonce: Uint8Array | null;
  /** Epoch seconds. */
  readonly now: number;
  /** True when the CA's own list revokes this serial: for the responder's certificate. */
  readonly isRevoked: (serial: Uint8Array) => boolean;
}

export type OcspAnswer =
  | {
      readonly ok: true;
      readonly status: 'good' | 'revoked';
      /** Epoch seconds; `null` when the responder has newer words at any time. */
      readonly nextUpdateAt: number | null;
    }
  | Refused;

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const SHA1_ID = '1.3.14.3.2.26';

const SKEW_SECONDS = 300;

/** An answer that does not say when it ends is believed for as long as this. */
const MAX_AGE_SECONDS = 600;

/**
 * Judges an answer (RFC 6960 §3.2, §4.2) to one question. `good` and `revoked` are believed only when all holds: the
 * certificate is the one asked about, the signature is of the CA or of a responder that the CA named (its own
 * certificate, in force, with `id-kp-OCSPSigning`, not on the list), the dates are of now, the nonce is ours. Refusals
 * are values: `card.ocsp_…`; `card.ocsp_unknown` when the responder does not know the certificate.
 */
export function judgeOcspAnswer(der: Uint8Array, question: OcspQuestion): OcspAnswer {
  try {
    return judge(der, question);
  } catch (error) {
    if (error instanceof Refusal) return refusedBy(error);
    // SECURITY: on a wicked certificate Node's reader raises errors of OpenSSL's choice: none of them is belief.
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, code: 'card.ocsp_malformed', detail };
  }
}

function judge(der: Uint8Array, question: OcspQuestion): OcspAnswer {
  const [signed, identifier, signature, certificates, ...more] = childrenOf(basicResponseOf(der));
  if (more.length > 0) throw new DerError('an answer with more parts than there are');
  const data = readResponseData(expectTag(signed, TAG.sequence));
  const key = responderKey(data.responder, certificates, question);
  const algorithm = signatureAlgorithmOf(expectTag(identifier, TAG.sequence).raw, key);
  if (algorithm === undefined)
    throw new Refusal('card.ocsp_algorithm', 'a signature algorithm that is not accepted for the key');
  const { content } = expectTag(signature, TAG.bitString);
  // SECURITY: over the octets that were read, not over octets written anew from them.
  if (
    content[0] !== 0 ||
    !verify(algorithm.hash, expectTag(signed, TAG.sequence).raw, key, content.subarray(1))
  )
    throw new Refusal('card.ocsp_signature', 'a signature that is not the responder’s');
  checkExtensions(data.extensions, question.nonce);
  const single = data.responses.find(({ certId }) => isAbout(certId, question.certId));
  if (single === undefined) throw new Refusal('card.ocsp_unknown', 'an answer about another certificate');
  checkDates(single, question.now);
  if (single.status === 'unknown')
    throw new Refusal('card.ocsp_unknown', 'a responder that does not know the certificate');
  return { ok: true, status: single.status, nextUpdateAt: single.nextUpdateAt };
}

/** `OCSPResponse` → the `BasicOCSPResponse` within. */
function basicResponseOf(der: Uint8Array): DerElement {
  const [status, framed] = childrenOf(expectTag(readDer(der), TAG.sequence));
  const code = expectTag(status, TAG.enumerated).content;
  if (code.length !== 1) throw new DerError('a status that is none');
  if (code[0] !== 0) throw new Refusal('card.ocsp_refused', `a responder that does not answer (${code[0]})`);
  const [type, response] = childrenOf(readDer(expectTag(framed, contextTag(0)).content));
  if (objectIdOf(expectTag(type, TAG.objectId)) !== BASIC)
    throw new Refusal('card.ocsp_unsupported', 'an answer of another kind');
  return expectTag(readDer(expectTag(response, TAG.octetString).content), TAG.sequence);
}

interface ResponseData {
  readonly responder: DerElement;
  readonly responses: readonly SingleResponse[];
  readonly extensions: readonly Extension[];
}

interface SingleResponse {
  readonly certId: DerElement;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdateAt: number;
  readonly nextUpdateAt: number | null;
}

/** `version [0] DEFAULT v1, responderID, producedAt, responses, responseExtensions [1] OPTIONAL` */
function readResponseData(element: DerElement): ResponseData {
  const parts = [...childrenOf(element)];
  // DER leaves out the default version; some responders write it, and there is no other.
  if (parts[0]?.tag === contextTag(0)) {
    if (Buffer.from(parts[0].content).toString('hex') !== '020100') throw new DerError('another version');
    parts.shift();
  }
  const [responder, producedAt, responses, extensions, ...more] = parts;
  if (responder === undefined || more.length > 0) throw new DerError('an answer of other parts');
  timeOf(expectTag(producedAt, TAG.generalizedTime));
  return {
    responder,
    responses: childrenOf(expectTag(responses, TAG.sequence)).map(readSingle),
    extensions:
      extensions === undefined ? [] : readExtensions(readDer(expectTag(extensions, contextTag(1)).content)),
  };
}

/** `certID, certStatus, thisUpdate, nextUpdate [0] OPTIONAL, singleExtensions [1] OPTIONAL` */
function readSingle(element: DerElement): SingleResponse {
  const [certId, status, thisUpdate, ...optional] = childrenOf(expectTag(element, TAG.sequence));
  const next = optional[0]?.tag === contextTag(0) ? optional.shift() : undefined;
  const extensions = optional.shift();
  if (optional.length > 0) throw new DerError('an answer of other parts');
  if (extensions !== undefined)
    checkExtensions(readExtensions(readDer(expectTag(extensions, contextTag(1)).content)), null);
  return {
    certId: expectTag(certId, TAG.sequence),
    status: statusOf(status),
    thisUpdateAt: timeOf(expectTag(thisUpdate, TAG.generalizedTime)),
    nextUpdateAt: next === undefined ? null : timeOf(expectTag(readDer(next.content), TAG.generalizedTime)),
  };
}

function statusOf(element: DerElement | undefined): SingleResponse['status'] {
  switch (element?.tag ?? 0) {
    case 0x80:
      return 'good';
    case 0xa1:
      return 'revoked';
    case 0x82:
      return 'unknown';
    default:
      throw new DerError('a status that is none');
  }
}

/** SPEC: RFC 6960 §4.2.2.2: the CA itself, or who holds a certificate of that very CA for this purpose. */
function responderKey(
  responder: DerElement,
  certificates: DerElement | undefined,
  question: OcspQuestion,
): KeyObject {
  const { ca, caCertificate, now } = question;
  if (isNamed(responder, ca)) return ca.publicKey;
  if (certificates === undefined) throw new Refusal('card.ocsp_responder', 'a responder that is not known');
  const sent = childrenOf(expectTag(readDer(expectTag(certificates, contextTag(0)).content), TAG.sequence));
  for (const { raw } of sent) {
    const certificate = new X509Certificate(raw);
    const named = readIssuingCa(certificate);
    if (!isNamed(responder, named)) continue;
    const isDelegate =
      certificate.checkIssued(caCertificate) &&
      certificate.verify(ca.publicKey) &&
      certificate.keyUsage?.includes(OCSP_SIGNING) === true &&
      !certificate.ca &&
      certificate.validFromDate.getTime() / 1000 <= now &&
      certificate.validToDate.getTime() / 1000 >= now;
    if (!isDelegate) throw new Refusal('card.ocsp_responder', 'a responder that the CA has not named');
    if (question.isRevoked(serialOctets(certificate.serialNumber)))
      throw new Refusal('card.ocsp_responder', 'a responder whose certificate is revoked');
    return named.publicKey;
  }
  throw new Refusal('card.ocsp_responder', 'a responder that is not known');
}

/** `ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }` */
function isNamed(responder: DerElement, by: IssuingCa): boolean {
  if (responder.tag === contextTag(1)) return isSame(responder.content, by.subject);
  const { content } = expectTag(readDer(expectTag(responder, contextTag(2)).content), TAG.octetString);
  return isSame(content, sha1(by.keyBits));
}

function isAbout(element: DerElement, { nameHash, keyHash, serial }: CertId): boolean {
  const [identifier, name, key, number] = childrenOf(element);
  const hash = childrenOf(expectTag(identifier, TAG.sequence))[0];
  return (
    objectIdOf(expectTag(hash, TAG.objectId)) === SHA1_ID &&
    isSame(expectTag(name, TAG.octetString).content, nameHash) &&
    isSame(expectTag(key, TAG.octetString).content, keyHash) &&
    isSame(magnitudeOf(expectTag(number, TAG.integer)), serial)
  );
}

function checkDates({ thisUpdateAt, nextUpdateAt }: SingleResponse, now: number): void {
  const endsAt = nextUpdateAt ?? thisUpdateAt + MAX_AGE_SECONDS;
  if (thisUpdateAt > now + SKEW_SECONDS || endsAt < now - SKEW_SECONDS)
    throw new Refusal('card.ocsp_stale', 'an answer that is not of now');
}

function checkExtensions(extensions: readonly Extension[], nonce: Uint8Array | null): void {
  const given = extensions.find(({ id }) => id === NONCE);
  // SECURITY: without it, an answer of before the revocation could be played again until its end.
  if (nonce !== null && !(given !== undefined && isSame(given.value, nonceValue(nonce))))
    throw new Refusal('card.ocsp_nonce', 'an answer to another question');
  const unknown = extensions.find(({ id, isCritical }) => isCritical && id !== NONCE);
  if (unknown !== undefined)
    throw new Refusal('card.ocsp_unsupported', `a critical extension that is not known: ${unknown.id}`);
}

/** The octets without sign of a serial number in hexadecimal, however many zeros precede. */
export function serialOctets(hex: string): Buffer {
  const bare = hex.replace(/^0+(?=.)/u, '');
  return Buffer.from(bare.padStart(bare.length + (bare.length % 2), '0'), 'hex');
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
