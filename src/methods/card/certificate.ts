import { createHash } from 'node:crypto';
import { checkStructureId } from '#kernel/index.ts';
import {
  booleanOf,
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
} from './der.ts';
import { pointsOfCertificate, type PointName } from './revocation/distribution-point.ts';
import * as x509 from './x509.ts';

/** What carries the key: only a card is a card. */
export type Carrier = 'card' | 'module' | 'software';

/** What the certificate says of its holder. Texts are as the issuer writes them. */
export interface CardSubject {
  /** The CN: the national identifier, its prefix included. Not checked here. */
  readonly nationalId: string | null;
  readonly familyName: string | null;
  readonly givenName: string | null;
  /** The profession's label, or the function's for staff. */
  readonly title: string | null;
  /** Of a card that belongs to a service, not to a person. */
  readonly pseudonym: string | null;
  readonly organisationName: string | null;
  readonly finess: string | null;
}

/** A distinguished name: its very bytes, to compare; the parts by which authorities are known, to decide. */
export interface NameParts {
  readonly der: Uint8Array;
  readonly commonName: string | null;
  readonly organisation: string | null;
  readonly units: readonly string[];
}

/** A certificate, read and not believed: nothing here says that an authority ever signed it. */
export interface CardCertificate {
  readonly der: Uint8Array;
  /** SHA-256 over the DER, lower-case hexadecimal: names this very certificate. */
  readonly fingerprint: string;
  readonly issuer: NameParts;
  readonly subjectName: NameParts;
  /** Lower-case hexadecimal, without a sign octet. */
  readonly serial: string;
  /** Epoch seconds, both inclusive. */
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  readonly subject: CardSubject;
  /** Extension `.2`: 0 CPS, 1 CPF, 2 CDE or CPE, 3 CDA or CPA. */
  readonly cardType: number | null;
  /** Extension `.3`: `issuer/card number`. */
  readonly cardNumber: string | null;
  /** Extension `.5`. */
  readonly category: { readonly carrier: Carrier; readonly isTest: boolean } | null;
  /** Extension `.7`, a code of TRE_G15; absent from the cards of establishments' staff. */
  readonly professionCode: string | null;
  readonly keyUsage: { readonly isCritical: boolean; readonly names: ReadonlySet<KeyUsageName> };
  /** Object identifiers. */
  readonly extendedKeyUsage: readonly string[];
  /** Where the issuer publishes its lists about this certificate: to compare, never to follow. */
  readonly distributionPoints: readonly PointName[];
  /** The user principal name of the subject's alternative names. */
  readonly upn: string | null;
  /** Object identifier of what signed it. */
  readonly signatureAlgorithm: string;
  /** `null`: may issue nothing. `pathLength`: how many authorities may stand below it; `null`: any number. */
  readonly authority: { readonly pathLength: number | null } | null;
  /** Critical extensions that this reader does not understand: RFC 5280 §4.2 asks to refuse them. */
  readonly unknownCriticalExtensions: readonly string[];
}

/** SPEC: RFC 5280 §4.2.1.3, in the order of their bits. */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsageName = (typeof KEY_USAGES)[number];

const OID = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  organisation: '2.5.4.10',
  unit: '2.5.4.11',
  title: '2.5.4.12',
  givenName: '2.5.4.42',
  pseudonym: '2.5.4.65',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  upn: '1.3.6.1.4.1.311.20.2.3',
  distributionPoints: '2.5.29.31',
  cardType: '1.2.250.1.71.1.2.2',
  cardNumber: '1.2.250.1.71.1.2.3',
  category: '1.2.250.1.71.1.2.5',
  profession: '1.2.250.1.71.1.2.7',
} as const;

/** Key usage, alternative names, basic constraints, lists, policies and extended key usage: read here or nothing to us. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.alternativeNames,
  OID.basicConstraints,
  OID.distributionPoints,
  '2.5.29.32',
  OID.extendedKeyUsage,
]);

const CARRIERS: Readonly<Record<number, Carrier>> = { 0x00: 'card', 0x02: 'module', 0x03: 'software' };
const TEST_BIT = 0x80;

/** Cards have some 2 KiB; more is somebody's attempt. */
const MAX_BYTES = 16 * 1024;
const MAX_TEXT = 200;

/**
 * Reads a card's certificate from its DER. Verifies that the bytes are one certificate from the first to the last,
 * in the one spelling that DER has; verifies neither signature, dates nor what the content means (`acceptance.ts` does).
 * `null` for bytes that are none, and for a subject that gives an attribute twice: which of two would be the person?
 */
export function readCardCertificate(der: Uint8Array): CardCertificate | null {
  if (der.length > MAX_BYTES) return null;
  try {
    return read(Uint8Array.from(der));
  } catch {
    // Whatever three readers find wrong with bytes that a stranger sent is the same to us: no certificate.
    return null;
  }
}

function read(der: Uint8Array<ArrayBuffer>): CardCertificate {
  const frame = readFrame(der);
  const issuer = new x509.Name(copyOf(frame.issuer));
  const subject = new x509.Name(copyOf(frame.subject));
  const extension = (id: string) => frame.extensions.find(candidate => candidate.id === id);
  const value = (id: string) => extension(id)?.value;
  const points = value(OID.distributionPoints);
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    issuer: partsOf(issuer, frame.issuer),
    subjectName: partsOf(subject, frame.subject),
    serial: Buffer.from(frame.serial).toString('hex'),
    notBeforeAt: frame.notBeforeAt,
    notAfterAt: frame.notAfterAt,
    subject: subjectOf(subject),
    cardType: numberIn(value(OID.cardType)),
    cardNumber: textIn(value(OID.cardNumber)),
    category: categoryIn(value(OID.category)),
    professionCode: numberIn(value(OID.profession))?.toString() ?? null,
    keyUsage: {
      isCritical: extension(OID.keyUsage)?.isCritical ?? false,
      names: usageNames(value(OID.keyUsage)),
    },
    extendedKeyUsage: identifiersIn(value(OID.extendedKeyUsage)),
    distributionPoints: points === undefined ? [] : pointsOfCertificate(points),
    upn: upnIn(value(OID.alternativeNames)),
    authority: authorityIn(value(OID.basicConstraints)),
    signatureAlgorithm: frame.signatureAlgorithm,
    unknownCriticalExtensions: frame.extensions
      .filter(({ id, isCritical }) => isCritical && !UNDERSTOOD.has(id))
      .map(({ id }) => id),
  };
}

interface Frame {
  readonly signatureAlgorithm: string;
  readonly serial: Uint8Array;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** The exact bytes of both names, what stands between them, and each extension once. Throws `DerError`. */
function readFrame(der: Uint8Array): Frame {
  const [body, algorithm, signature] = childrenOf(expectTag(readDer(der), TAG.sequence));
  // SECURITY: the unused bits of a signature are not signed; without this, one certificate would have several spellings.
  if (expectTag(signature, TAG.bitString).content[0] !== 0)
    throw new DerError('a signature of broken octets');
  // SPEC: RFC 5280 §4.1: [0] version, serial number, algorithm, issuer, validity, subject, key, … [3] extensions.
  const fields = childrenOf(expectTag(body, TAG.sequence));
  expectTag(fields[0], contextTag(0));
  const [notBefore, notAfter] = childrenOf(expectTag(fields[4], TAG.sequence));
  const wrapper = fields.find(({ tag }) => tag === contextTag(3));
  return {
    signatureAlgorithm: objectIdOf(
      expectTag(childrenOf(expectTag(algorithm, TAG.sequence))[0], TAG.objectId),
    ),
    serial: magnitudeOf(expectTag(fields[1], TAG.integer)),
    notBeforeAt: timeOf(present(notBefore)),
    notAfterAt: timeOf(present(notAfter)),
    issuer: expectTag(fields[3], TAG.sequence).raw,
    subject: expectTag(fields[5], TAG.sequence).raw,
    extensions: wrapper ? readExtensions(readDer(wrapper.content)) : [],
  };
}

function present(element: DerElement | undefined): DerElement {
  if (element === undefined) throw new DerError('a date that is missing');
  return element;
}

/** The library reads what stands in a buffer of its own. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

function partsOf(name: x509.Name, der: Uint8Array): NameParts {
  return {
    der,
    commonName: single(name, OID.commonName),
    organisation: single(name, OID.organisation),
    units: name.getField(OID.unit),
  };
}

function subjectOf(name: x509.Name): CardSubject {
  return {
    nationalId: single(name, OID.commonName),
    familyName: single(name, OID.surname),
    givenName: single(name, OID.givenName),
    title: single(name, OID.title),
    pseudonym: single(name, OID.pseudonym),
    organisationName: single(name, OID.organisation),
    finess: finessAmong(name.getField(OID.unit)),
  };
}

/** An attribute of a name, wherever it stands: the RDN that holds the person is a set, and its order means nothing. */
function single(name: x509.Name, id: string): string | null {
  const values = name.getField(id);
  if (values.length > 1) throw new DerError(`attribute ${id} is given ${values.length} times`);
  return values[0] === undefined ? null : readable(values[0]);
}

/** Texts that pages show and accounts keep: bounded, composed, without control characters. */
function readable(text: string): string {
  const trimmed = text.normalize('NFC').trim();
  if (trimmed.length > MAX_TEXT || /\p{C}/u.test(trimmed)) throw new DerError('a text that is none');
  return trimmed;
}

/** Staff cards bear `1<FINESS>` among their organisational units. */
function finessAmong(units: readonly string[]): string | null {
  for (const unit of units) {
    const checked = checkStructureId(unit);
    if (checked.ok && checked.id.kind === 'finess') return checked.id.number;
  }
  return null;
}

/** Bits from the left; DER leaves trailing zeros out, so what is not there is not set. */
function usageNames(value: Uint8Array | undefined): ReadonlySet<KeyUsageName> {
  if (value === undefined) return new Set();
  const octets = expectTag(readDer(value), TAG.bitString).content.subarray(1);
  return new Set(KEY_USAGES.filter((_name, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
}

/** `SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }` */
function authorityIn(value: Uint8Array | undefined): CardCertificate['authority'] {
  if (value === undefined) return null;
  const [first, pathLength] = childrenOf(expectTag(readDer(value), TAG.sequence));
  if (first?.tag !== TAG.boolean || !booleanOf(first)) return null;
  return { pathLength: pathLength === undefined ? null : numberIn(pathLength.raw) };
}

/** `GeneralNames`, of which `otherName [0] { type-id, value [0] }` holds the principal name. */
function upnIn(value: Uint8Array | undefined): string | null {
  if (value === undefined) return null;
  const found = childrenOf(expectTag(readDer(value), TAG.sequence))
    .filter(({ tag }) => tag === contextTag(0))
    .map(childrenOf)
    .filter(([type]) => objectIdOf(expectTag(type, TAG.objectId)) === OID.upn);
  const [principal, ...others] = found;
  if (others.length > 0) throw new DerError('several principal names');
  if (principal === undefined) return null;
  const wrapped = expectTag(principal[1], contextTag(0));
  const { content } = expectTag(readDer(wrapped.content), UTF8_STRING);
  return readable(new TextDecoder('utf-8', { fatal: true }).decode(content));
}

function identifiersIn(value: Uint8Array | undefined): readonly string[] {
  if (value === undefined) return [];
  return childrenOf(expectTag(readDer(value), TAG.sequence)).map(element =>
    objectIdOf(expectTag(element, TAG.objectId)),
  );
}

function numberIn(value: Uint8Array | undefined): number | null {
  if (value === undefined) return null;
  const { content } = expectTag(readDer(value), TAG.integer);
  const [first] = content;
  // SPEC: types and professions are below 128; a code that grows beyond keeps its sign octet.
  if (first === undefined || first >= 0x80 || content.length > 4) throw new DerError('a number that is none');
  return content.reduce((sum, octet) => sum * 256 + octet, 0);
}

const PRINTABLE_STRING = 0x13;
const UTF8_STRING = 0x0c;

function textIn(value: Uint8Array | undefined): string | null {
  if (value === undefined) return null;
  return readable(Buffer.from(expectTag(readDer(value), PRINTABLE_STRING).content).toString('latin1'));
}

/**
 * One octet says what carries the key. The public profile names the octet and not its wrapping, so each is read:
 * the octet alone, an OCTET STRING, an INTEGER or ENUMERATED, a BIT STRING.
 */
function categoryIn(value: Uint8Array | undefined): CardCertificate['category'] {
  if (value === undefined) return null;
  const octet = value.length === 1 ? value[0] : readDer(value).content.at(-1);
  const carrier = octet === undefined ? undefined : CARRIERS[octet & ~TEST_BIT];
  if (octet === undefined || carrier === undefined) return null;
  return { carrier, isTest: (octet & TEST_BIT) !== 0 };
}
