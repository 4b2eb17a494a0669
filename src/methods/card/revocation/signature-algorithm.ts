import type { KeyObject } from 'node:crypto';

/** How a list or an answer is signed, in the words of `node:crypto`. */
export interface SignatureAlgorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly keyType: 'rsa' | 'ec';
}

/*
 * The whole AlgorithmIdentifier, octet for octet, so that no parameter is left unread. SECURITY: SHA-1 and MD5 are
 * not among them; RSASSA-PSS neither, which IGC-Santé does not use for lists.
 */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ...rsa('0b', 'sha256'),
  ...rsa('0c', 'sha384'),
  ...rsa('0d', 'sha512'),
  ['300a06082a8648ce3d040302', { hash: 'sha256', keyType: 'ec' }],
  ['300a06082a8648ce3d040303', { hash: 'sha384', keyType: 'ec' }],
  ['300a06082a8648ce3d040304', { hash: 'sha512', keyType: 'ec' }],
]);

/** SPEC: RFC 4055 §5: the parameters of these are NULL, and readers must take absent ones too. */
function rsa(lastArc: string, hash: SignatureAlgorithm['hash']): readonly [string, SignatureAlgorithm][] {
  const id = `06092a864886f70d0101${lastArc}`;
  return [
    [`300d${id}0500`, { hash, keyType: 'rsa' }],
    [`300b${id}`, { hash, keyType: 'rsa' }],
  ];
}

/** The algorithm of an AlgorithmIdentifier, when it is one that we verify with this key; `undefined` otherwise. */
export function signatureAlgorithmOf(identifier: Uint8Array, key: KeyObject): SignatureAlgorithm | undefined {
  const algorithm = ALGORITHMS.get(Buffer.from(identifier).toString('hex'));
  return algorithm?.keyType === key.asymmetricKeyType ? algorithm : undefined;
}
