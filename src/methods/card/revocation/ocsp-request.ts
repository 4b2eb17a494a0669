import { createHash } from 'node:crypto';
import type { IssuingCa } from './issuing-ca.ts';

/** SPEC: RFC 9654 §2.1: 32 octets. */
export const NONCE_BYTES = 32;

const SHA1 = Buffer.from('300906052b0e03021a0500', 'hex');
const NONCE_ID = Buffer.from('06092b0601050507300102', 'hex');

/** How a question names a certificate. SHA-1 here names a CA that both sides know; nothing rests on its strength. */
export interface CertId {
  readonly nameHash: Uint8Array;
  readonly keyHash: Uint8Array;
  /** Octets without sign. */
  readonly serial: Uint8Array;
}

/** SPEC: RFC 5019 §2.1.1: SHA-1 is the one hash that every responder knows. */
export function certIdOf(ca: IssuingCa, serial: Uint8Array): CertId {
  return { nameHash: sha1(ca.subject), keyHash: sha1(ca.keyBits), serial };
}

/** `OCSPRequest` (RFC 6960 §4.1.1) about one certificate, unsigned; `null` sends no nonce. */
export function writeOcspRequest({ nameHash, keyHash, serial }: CertId, nonce: Uint8Array | null): Buffer {
  const sign = (serial[0] ?? 0) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0);
  const certId = frame(0x30, SHA1, frame(0x04, nameHash), frame(0x04, keyHash), frame(0x02, sign, serial));
  const requests = frame(0x30, frame(0x30, certId));
  const extensions = nonce === null ? [] : [frame(0xa2, frame(0x30, nonceExtension(nonce)))];
  return frame(0x30, frame(0x30, requests, ...extensions));
}

/** The octets that an extension of an answer holds when it gives this nonce back. */
export function nonceValue(nonce: Uint8Array): Buffer {
  return frame(0x04, nonce);
}

export function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function nonceExtension(nonce: Uint8Array): Buffer {
  return frame(0x30, NONCE_ID, frame(0x04, nonceValue(nonce)));
}

/** A request never reaches the 256 octets that a length of three would need. */
function frame(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
