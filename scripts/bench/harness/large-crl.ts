import { createSign, KeyObject, randomBytes, X509Certificate, type webcrypto } from 'node:crypto';

/** A CA that signs: its certificate and its key. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

export function signerOf(authority: {
  readonly certificate: { readonly rawData: ArrayBuffer };
  readonly keys: webcrypto.CryptoKeyPair;
}): Signer {
  return {
    certificate: new X509Certificate(Buffer.from(authority.certificate.rawData)),
    privateKey: KeyObject.from(authority.keys.privateKey),
  };
}

const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');
const REASON_KEY_COMPROMISE = Buffer.from('300c300a0603551d1504030a0101', 'hex');
const DAY_SECONDS = 24 * 3600;

/**
 * A signed list of `entries` random serial numbers of 16 octets, each with a date and a reason, as IGC-Santé writes
 * them: written octet for octet, since libraries hold every entry as objects. Returns one of the serials in ten.
 */
export function makeLargeCrl(
  signer: Signer,
  subject: Uint8Array,
  entries: number,
  thisUpdateAt: number,
): { readonly der: Buffer; readonly sample: readonly Buffer[] } {
  const date = time(thisUpdateAt);
  const entryBytes = 2 + 2 + 16 + date.length + REASON_KEY_COMPROMISE.length;
  const list = Buffer.alloc(entries * entryBytes);
  const serials = randomBytes(entries * 16);
  const sample: Buffer[] = [];
  for (let index = 0; index < entries; index += 1) {
    const serial = serials.subarray(index * 16, index * 16 + 16);
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
    if (index % 10 === 0) sample.push(serial);
    let at = index * entryBytes;
    at = list.writeUInt8(0x30, at);
    at = list.writeUInt8(entryBytes - 2, at);
    at = list.writeUInt16BE(0x0210, at);
    at += serial.copy(list, at);
    at += date.copy(list, at);
    REASON_KEY_COMPROMISE.copy(list, at);
  }
  const signed = frame(
    0x30,
    Buffer.from('020101', 'hex'),
    SHA256_WITH_RSA,
    subject,
    date,
    time(thisUpdateAt + 7 * DAY_SECONDS),
    frame(0x30, list),
  );
  const signature = createSign('sha256').update(signed).sign(signer.privateKey);
  return { der: frame(0x30, signed, SHA256_WITH_RSA, frame(0x03, Buffer.of(0), signature)), sample };
}

function time(epochSeconds: number): Buffer {
  const text = new Date(epochSeconds * 1000).toISOString().replace(/[-:T]|\.\d+/gu, '');
  return frame(0x17, Buffer.from(text.slice(2)));
}

function frame(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(tag), lengthOf(length), ...parts]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 | octets.length), octets]);
}
