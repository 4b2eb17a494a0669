import { childrenOf, contextTag, DerError, expectTag, readDer, TAG, type DerElement } from '../der.ts';

/**
 * A place where lists are found, by one of the names that a certificate or a list gives it: the GeneralName, DER in
 * hexadecimal. It is compared and never followed.
 */
export type PointName = string;

/** `SEQUENCE OF SEQUENCE { distributionPoint [0] …, reasons [1] …, cRLIssuer [2] … }` (RFC 5280 §4.2.1.13). Throws `DerError`. */
export function pointsOfCertificate(value: Uint8Array): readonly PointName[] {
  const points = childrenOf(expectTag(readDer(value), TAG.sequence));
  return points.flatMap(point => {
    const parts = childrenOf(expectTag(point, TAG.sequence));
    // The lists of another issuer are none that we have.
    if (parts.some(({ tag }) => tag === contextTag(2))) return [];
    return namesOf(parts.find(({ tag }) => tag === contextTag(0)));
  });
}

/**
 * The names of a `distributionPoint [0]`; none where it is absent, or given relative to its issuer, which no authority
 * here does. Throws `DerError`.
 */
export function namesOf(point: DerElement | undefined): readonly PointName[] {
  if (point === undefined) return [];
  const [name, ...others] = childrenOf(point);
  if (name === undefined || others.length > 0) throw new DerError('a distribution point that is none');
  return name.tag === contextTag(0)
    ? childrenOf(name).map(({ raw }) => Buffer.from(raw).toString('hex'))
    : [];
}
