import { createVerify, type KeyObject } from 'node:crypto';
import { ByteWindow, type ByteSource } from './byte-window.ts';
import { readEntryExtensions, readListExtensions, type ListExtensions } from './crl-extensions.ts';
import { contextTag, DerError, readDer, TAG, timeOf } from '../der.ts';
import type { PointName } from './distribution-point.ts';
import { Refusal, refusedBy, type Refused } from './refusal.ts';
import {
  createSerialTableBuilder,
  MAX_SERIAL_BYTES,
  type SerialTable,
  type SerialTableBuilder,
} from './serial-table.ts';
import { signatureAlgorithmOf } from './signature-algorithm.ts';

/** Who must have signed a list. */
export interface ListIssuer {
  /** The Name as the CA's certificate writes it, DER. */
  readonly subject: Uint8Array;
  readonly publicKey: KeyObject;
  /** The subject key identifier of the CA's certificate, when it has one. */
  readonly keyId: Uint8Array | null;
}

/**
 * A list of revoked certificates, its signature verified, complete for those that it is for. Says nothing of whether
 * it is in force now.
 */
export interface RevocationList {
  readonly serials: SerialTable;
  /** Epoch seconds. */
  readonly thisUpdateAt: number;
  /** Epoch seconds. */
  readonly nextUpdateAt: number;
  readonly number: bigint | null;
  /** It is for the certificates that name one of these; `null`: for all of the issuer. */
  readonly points: readonly PointName[] | null;
  /** Octets of the file. */
  readonly bytes: number;
}

export type ReadList = { readonly ok: true; readonly list: RevocationList } | Refused;

/** UTCTime is what is left after a sequence and a number have been counted: the least that an entry costs. */
const ENTRY_OVERHEAD_BYTES = 19;

/** `{ reasonCode: … }`, not critical, as nearly every entry has it: 14 octets, of which the last is the reason. */
const REASON_ONLY = Buffer.from('300c300a0603551d1504030a01', 'hex');

/**
 * Reads a CRL (RFC 5280 §5, version 2, DER) in one pass with a window of some hundred KiB; entries are packed as they
 * come. Verifies issuer, authority key identifier and signature (by `node:crypto`, over the bytes as they stream).
 * Does not judge dates or whether a list goes back. Refusals are values: `card.crl_malformed`, `…_issuer`,
 * `…_signature`, `…_algorithm`, `…_delta`, `…_indirect`, `…_partial`, `…_unsupported`. Throws only what `source` throws.
 */
export function readCrl(source: ByteSource, issuer: ListIssuer): ReadList {
  try {
    return { ok: true, list: readList(new ByteWindow(source), source.size, issuer) };
  } catch (error) {
    if (error instanceof DerError) return { ok: false, code: 'card.crl_malformed', detail: error.message };
    return refusedBy(error);
  }
}

function readList(window: ByteWindow, size: number, issuer: ListIssuer): RevocationList {
  const end = enter(window, TAG.sequence);
  if (end !== size) throw new DerError('a list that does not end where its file does');
  window.keep();
  const signedEnd = enter(window, TAG.sequence);
  if (signedEnd > end) throw new DerError('a signed part that ends beyond its frame');

  if (!isSame(window.takeElement(), VERSION_2)) throw new DerError('a list that is not of version 2');
  const identifier = window.takeElement();
  const algorithm = signatureAlgorithmOf(identifier, issuer.publicKey);
  if (algorithm === undefined)
    throw new Refusal(
      'card.crl_algorithm',
      'a signature algorithm that is not accepted for the key of the CA',
    );
  const verifier = createVerify(algorithm.hash);
  window.passTo(bytes => verifier.update(bytes));

  if (!isSame(window.takeElement(), issuer.subject))
    throw new Refusal('card.crl_issuer', 'a list of another issuer');
  const thisUpdateAt = timeOf(readDer(window.takeElement()));
  const nextUpdateAt = timeOf(readDer(window.takeElement()));
  if (nextUpdateAt < thisUpdateAt) throw new DerError('a list that ends before it begins');
  const serials = readEntries(window, signedEnd);
  const { number, keyId, points } = readExtensionsOf(window, signedEnd);
  if (window.offset !== signedEnd) throw new DerError('a signed part that does not end where it says');
  window.endPassing();

  // SPEC: RFC 5280 §5.1.1.2: the same identifier outside and inside what is signed.
  if (!isSame(window.takeElement(), identifier))
    throw new Refusal('card.crl_algorithm', 'two signature algorithms that differ');
  const signature = readSignature(window);
  if (window.offset !== end) throw new DerError('bytes after the signature');
  if (keyId !== null && issuer.keyId !== null && !isSame(keyId, issuer.keyId))
    throw new Refusal('card.crl_issuer', 'a list signed with another key of the issuer');
  if (!verifier.verify(issuer.publicKey, signature))
    throw new Refusal('card.crl_signature', 'a signature that is not the issuer’s');
  return { serials: serials.build(), thisUpdateAt, nextUpdateAt, number, points, bytes: size };
}

const VERSION_2 = Buffer.from('020101', 'hex');

/** Enters an element of this tag; resolves to the offset where it ends. */
function enter(window: ByteWindow, tag: number): number {
  const header = window.readHeader();
  if (header.tag !== tag)
    throw new DerError(`tag ${header.tag.toString(16)} where ${tag.toString(16)} belongs`);
  return window.offset + header.length;
}

function readEntries(window: ByteWindow, signedEnd: number): SerialTableBuilder {
  if (window.offset === signedEnd || window.peekTag() !== TAG.sequence) return createSerialTableBuilder(0);
  const end = enter(window, TAG.sequence);
  if (end > signedEnd) throw new DerError('entries that end beyond their frame');
  // The most that entries of these octets can hold: each is longer than its serial by the overhead.
  const share = (MAX_SERIAL_BYTES + 1) / (MAX_SERIAL_BYTES + ENTRY_OVERHEAD_BYTES);
  const serials = createSerialTableBuilder(Math.ceil((end - window.offset) * share));
  while (window.offset < end) readEntry(window, serials);
  if (window.offset !== end) throw new DerError('entries that do not end where they say');
  return serials;
}

/** `SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL }` */
function readEntry(window: ByteWindow, serials: SerialTableBuilder): void {
  const { tag, length } = window.readHeader();
  if (tag !== TAG.sequence) throw new DerError('an entry that is none');
  window.needElement(length);
  const { bytes, at } = window;
  const end = at + length;

  const serialFrom = at + 2;
  const serialTo = serialFrom + (bytes[at + 1] ?? 0);
  const first = bytes[serialFrom] ?? 0;
  // A sign octet is there exactly when the number would be negative without it.
  const hasSign = first === 0 && serialTo - serialFrom > 1;
  const from = hasSign ? serialFrom + 1 : serialFrom;
  const isSerial =
    bytes[at] === TAG.integer &&
    serialTo > serialFrom &&
    serialTo - from <= MAX_SERIAL_BYTES &&
    first < 0x80 &&
    (!hasSign || (bytes[from] ?? 0) >= 0x80);
  if (!isSerial) throw new DerError('a serial number that is none');

  const timeTag = bytes[serialTo];
  const timeLength = timeTag === TAG.utcTime ? 13 : timeTag === TAG.generalizedTime ? 15 : -1;
  const rest = serialTo + 2 + timeLength;
  if (timeLength < 0 || bytes[serialTo + 1] !== timeLength || rest > end)
    throw new DerError('a date of revocation that is none');
  if (rest < end && !isReasonOnly(bytes, rest, end)) readEntryExtensions(bytes.subarray(rest, end));
  serials.add(bytes, from, serialTo);
  window.at = end;
}

/** The usual extensions of an entry, told without making anything: there may be a million of them. */
function isReasonOnly(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from !== REASON_ONLY.length + 1) return false;
  for (let index = 0; index < REASON_ONLY.length; index += 1) {
    if (bytes[from + index] !== REASON_ONLY[index]) return false;
  }
  return true;
}

function readExtensionsOf(window: ByteWindow, signedEnd: number): ListExtensions {
  if (window.offset === signedEnd) return { number: null, keyId: null, points: null };
  const { tag, content } = readDer(window.takeElement());
  if (tag !== contextTag(0)) throw new DerError('something unknown after the entries');
  return readListExtensions(content);
}

function readSignature(window: ByteWindow): Uint8Array {
  const { tag, content } = readDer(window.takeElement());
  if (tag !== TAG.bitString || content[0] !== 0) throw new DerError('a signature that is none');
  return content.subarray(1);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
