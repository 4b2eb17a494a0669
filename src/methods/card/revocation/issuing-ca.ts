import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import { childrenOf, contextTag, expectTag, objectIdOf, readDer, readExtensions, TAG } from '../der.ts';

/** A CA of the configuration, as its lists and answers name it. */
export interface IssuingCa {
  /** Common name, for people and for the configuration; the fingerprint when it has none. */
  readonly name: string;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** The Name of its subject, DER. */
  readonly subject: Uint8Array;
  readonly publicKey: KeyObject;
  /** The octets of the public key without their frame: what OCSP hashes. */
  readonly keyBits: Uint8Array;
  readonly keyId: Uint8Array | null;
  /** Its key may sign lists: the key usage says so, or nothing. */
  readonly signsLists: boolean;
}

const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';

/** The seventh bit of KeyUsage, counted from the left: cRLSign. */
const CRL_SIGN = 0b0000_0010;

/** Reads a certificate of an authority. Verifies nothing. Throws `DerError` where Node's reader is more lenient than ours. */
export function readIssuingCa(certificate: X509Certificate): IssuingCa {
  const signed = expectTag(childrenOf(readDer(certificate.raw))[0], TAG.sequence);
  // version [0], serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions [3]
  const parts = childrenOf(signed).filter(({ tag }, index) => index > 0 || tag !== contextTag(0));
  const subject = expectTag(parts[4], TAG.sequence);
  const key = expectTag(childrenOf(expectTag(parts[5], TAG.sequence))[1], TAG.bitString);
  const framed = parts.find(({ tag }) => tag === contextTag(3));
  const extensions = framed === undefined ? [] : readExtensions(readDer(framed.content));
  const valueOf = (wanted: string) => extensions.find(({ id }) => id === wanted)?.value;
  const keyId = valueOf(SUBJECT_KEY_ID);
  const usage = valueOf(KEY_USAGE);
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
  return {
    name: commonNameOf(subject.raw) ?? fingerprint,
    fingerprint,
    subject: subject.raw,
    publicKey: certificate.publicKey,
    keyBits: key.content.subarray(1),
    keyId: keyId === undefined ? null : expectTag(readDer(keyId), TAG.octetString).content,
    signsLists:
      usage === undefined || ((expectTag(readDer(usage), TAG.bitString).content[1] ?? 0) & CRL_SIGN) !== 0,
  };
}

function commonNameOf(name: Uint8Array): string | undefined {
  for (const rdn of childrenOf(readDer(name))) {
    for (const attribute of childrenOf(rdn)) {
      const [type, value] = childrenOf(attribute);
      if (type !== undefined && value !== undefined && objectIdOf(type) === COMMON_NAME)
        return Buffer.from(value.content).toString('utf8');
    }
  }
  return undefined;
}
