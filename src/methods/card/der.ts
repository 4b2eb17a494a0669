/*
 * The little of DER (X.690 §10) that is needed to find exact bytes: what is signed, names as they are written, bits
 * of a key. Strict, since what has two spellings has two meanings: lengths are definite and minimal, nothing trails.
 * Certificates are read with a library; this serves where a library would write the bytes anew.
 */

/** Bytes that are no DER, or not the element that belongs there. */
export class DerError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'DerError';
  }
}

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Header included. */
  readonly raw: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of a constructed context-specific element. */
export const contextTag = (number: number) => 0xa0 | number;

/** More than any list or certificate has, and far from the 32-bit sign. */
const MAX_LENGTH_OCTETS = 4;

/** Reads a length at `at`; `size` is how many octets the length itself takes. Throws `DerError`. */
export function readLength(
  bytes: Uint8Array,
  at: number,
): { readonly length: number; readonly size: number } {
  const first = byteAt(bytes, at);
  if (first < 0x80) return { length: first, size: 1 };
  const octets = first & 0x7f;
  if (octets === 0 || octets > MAX_LENGTH_OCTETS)
    throw new DerError('a length that is indefinite or too long');
  let length = 0;
  for (let index = 1; index <= octets; index += 1) length = length * 256 + byteAt(bytes, at + index);
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new DerError('a length that is not minimal');
  return { length, size: 1 + octets };
}

/** Reads the one element that `bytes` consist of. Throws `DerError`. */
export function readDer(bytes: Uint8Array): DerElement {
  const element = elementAt(bytes, 0);
  if (element.raw.length !== bytes.length) throw new DerError('bytes after the end');
  return element;
}

/** The elements inside a constructed one, in order. Throws `DerError`. */
export function childrenOf(element: DerElement): readonly DerElement[] {
  const children: DerElement[] = [];
  for (let at = 0; at < element.content.length;) {
    const child = elementAt(element.content, at);
    children.push(child);
    at += child.raw.length;
  }
  return children;
}

/** The same element, once it is known to be there and of this tag. Throws `DerError`. */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag)
    throw new DerError(`tag ${element?.tag.toString(16) ?? 'none'} where ${tag.toString(16)} belongs`);
  return element;
}

/** The magnitude of a non-negative INTEGER, without the sign octet. Throws `DerError`. */
export function magnitudeOf(element: DerElement): Uint8Array {
  const { content } = expectTag(element, TAG.integer);
  const [first, second] = content;
  if (first === undefined || first >= 0x80) throw new DerError('a number that is empty or negative');
  if (first !== 0) return content;
  if (content.length > 1 && second !== undefined && second < 0x80)
    throw new DerError('a number that is not minimal');
  return content.length === 1 ? content : content.subarray(1);
}

/** Epoch seconds of a UTCTime or GeneralizedTime in the form of RFC 5280 §4.1.2.5 (seconds, `Z`). Throws `DerError`. */
export function timeOf({ tag, content }: DerElement): number {
  const text = Buffer.from(content).toString('latin1');
  const pattern =
    tag === TAG.utcTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/u
      : tag === TAG.generalizedTime
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/u
        : undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    pattern?.exec(text)?.slice(1).map(Number) ?? [];
  // SPEC: RFC 5280 §4.1.2.5.1: two digits from 50 are of the twentieth century.
  const fullYear = tag === TAG.utcTime ? year + (year >= 50 ? 1900 : 2000) : year;
  const epochMs = Date.UTC(fullYear, month - 1, day, hour, minute, second);
  const date = new Date(epochMs);
  const isReal =
    month > 0 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!isReal) throw new DerError('a time that is none');
  return Math.floor(epochMs / 1000);
}

/** One extension of a certificate, a list or an answer. */
export interface Extension {
  /** Dotted decimal. */
  readonly id: string;
  readonly isCritical: boolean;
  /** What the OCTET STRING holds. */
  readonly value: Uint8Array;
}

/** Reads `Extensions`: each once. Throws `DerError`. */
export function readExtensions(element: DerElement): readonly Extension[] {
  const extensions = childrenOf(expectTag(element, TAG.sequence)).map(readExtension);
  if (new Set(extensions.map(({ id }) => id)).size !== extensions.length)
    throw new DerError('an extension that is given twice');
  return extensions;
}

function readExtension(element: DerElement): Extension {
  const parts = childrenOf(expectTag(element, TAG.sequence));
  const hasFlag = parts[1]?.tag === TAG.boolean;
  if (parts.length !== (hasFlag ? 3 : 2)) throw new DerError('an extension with parts too many or too few');
  const flag = hasFlag ? booleanOf(parts[1]) : false;
  return {
    id: objectIdOf(expectTag(parts[0], TAG.objectId)),
    isCritical: flag,
    value: expectTag(parts.at(-1), TAG.octetString).content,
  };
}

/** The value of a BOOLEAN. Throws `DerError`. */
export function booleanOf(element: DerElement | undefined): boolean {
  const { content } = expectTag(element, TAG.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError('a truth value that is neither');
  return content[0] === 0xff;
}

/** The dotted decimal form of an OBJECT IDENTIFIER. Throws `DerError`. */
export function objectIdOf({ content }: DerElement): string {
  const arcs: number[] = [];
  let arc = 0;
  let isInArc = false;
  for (const octet of content) {
    if (!isInArc && octet === 0x80) throw new DerError('an identifier that is not minimal');
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new DerError('an identifier that is too long');
    isInArc = octet >= 0x80;
    if (isInArc) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first, ...others] = arcs;
  if (first === undefined || isInArc) throw new DerError('an identifier that is empty or torn');
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...others].join('.');
}

function elementAt(bytes: Uint8Array, at: number): DerElement {
  const tag = byteAt(bytes, at);
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several octets');
  const { length, size } = readLength(bytes, at + 1);
  const from = at + 1 + size;
  if (from + length > bytes.length) throw new DerError('an element that ends beyond its frame');
  return { tag, content: bytes.subarray(from, from + length), raw: bytes.subarray(at, from + length) };
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new DerError('an end where something belongs');
  return byte;
}
