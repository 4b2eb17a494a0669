import {
  booleanOf,
  childrenOf,
  contextTag,
  expectTag,
  magnitudeOf,
  readDer,
  readExtensions,
  TAG,
  type Extension,
} from '../der.ts';
import { namesOf, type PointName } from './distribution-point.ts';
import { Refusal } from './refusal.ts';

const ID = {
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  holdInstruction: '2.5.29.23',
  invalidityDate: '2.5.29.24',
  deltaIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  authorityKeyId: '2.5.29.35',
} as const;

/** What the extensions of a whole list say. */
export interface ListExtensions {
  readonly number: bigint | null;
  /** Which of the issuer's keys signed, when the list says so. */
  readonly keyId: Uint8Array | null;
  /** The names of the one distribution point that the list is for; `null`: for all certificates of its issuer. */
  readonly points: readonly PointName[] | null;
}

/**
 * Reads the extensions of a list (`Extensions`). Throws `Refusal` on a list that leaves out kinds or reasons of its
 * issuer's own certificates, or that says something critical that we do not understand; `DerError` on what is malformed.
 */
export function readListExtensions(bytes: Uint8Array): ListExtensions {
  let number: bigint | null = null;
  let keyId: Uint8Array | null = null;
  let points: readonly PointName[] | null = null;
  for (const extension of readExtensions(readDer(bytes))) {
    switch (extension.id) {
      case ID.crlNumber:
        number = BigInt(`0x${Buffer.from(magnitudeOf(readDer(extension.value))).toString('hex')}`);
        break;
      case ID.authorityKeyId:
        keyId = readKeyId(extension);
        break;
      case ID.issuingDistributionPoint:
        points = readScope(extension);
        break;
      case ID.deltaIndicator:
        throw new Refusal('card.crl_delta', 'a list of changes only (delta CRL)');
      default:
        refuseCritical(extension);
    }
  }
  return { number, keyId, points };
}

/** Reads the extensions of one entry. Throws `Refusal` and `DerError`, as for the list. */
export function readEntryExtensions(bytes: Uint8Array): void {
  for (const extension of readExtensions(readDer(bytes))) {
    // SPEC: RFC 5280 §5.3.3: such an entry, and those after it, are of another issuer.
    if (extension.id === ID.certificateIssuer)
      throw new Refusal('card.crl_indirect', 'a list of certificates of several issuers (indirect CRL)');
    const isKnown =
      extension.id === ID.reasonCode ||
      extension.id === ID.invalidityDate ||
      extension.id === ID.holdInstruction;
    if (!isKnown) refuseCritical(extension);
  }
}

/** SPEC: RFC 5280 §5.2, §5.3: a list with a critical extension that is not understood is not used. */
function refuseCritical({ id, isCritical }: Extension): void {
  if (isCritical) throw new Refusal('card.crl_unsupported', `a critical extension that is not known: ${id}`);
}

/** `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING OPTIONAL, … }` */
function readKeyId({ value }: Extension): Uint8Array | null {
  const parts = childrenOf(expectTag(readDer(value), TAG.sequence));
  return parts.find(({ tag }) => tag === 0x80)?.content ?? null;
}

/**
 * SPEC: RFC 5280 §5.2.5. A list for CA or attribute certificates only, or for some reasons, says nothing of the others:
 * not being in it would prove nothing. One that names its distribution point is complete for the certificates that
 * name the same one, and for no others (§6.3.3 (b)(2)(i)): which, is looked at for each certificate.
 */
function readScope({ value }: Extension): readonly PointName[] | null {
  const parts = childrenOf(expectTag(readDer(value), TAG.sequence));
  for (const part of parts) {
    if (part.tag === contextTag(0)) continue;
    // [3] onlySomeReasons is no truth value: it leaves something out by being there.
    const isThere = part.tag === 0x83 || booleanOf({ ...part, tag: TAG.boolean });
    // [1] onlyContainsUserCerts leaves out none of the certificates that people have.
    if (!isThere || part.tag === 0x81) continue;
    if (part.tag === 0x84)
      throw new Refusal('card.crl_indirect', 'a list of certificates of several issuers (indirect CRL)');
    throw new Refusal('card.crl_partial', 'a list of a part of the certificates only');
  }
  const point = parts.find(({ tag }) => tag === contextTag(0));
  if (point === undefined) return null;
  const names = namesOf(point);
  if (names.length === 0)
    throw new Refusal('card.crl_partial', 'a list for a distribution point without a full name');
  return names;
}
