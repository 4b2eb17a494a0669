import { Integer } from 'asn1js';
import type { webcrypto } from 'node:crypto';
import { RSA_SHA256 } from './keys.ts';
import * as x509 from './x509.ts';

/** A revoked certificate: its serial number alone (hexadecimal), or since when. */
export type RevokedEntry = string | { readonly serial: string; readonly revokedAtMs?: number };

export interface ListOptions {
  /** Epoch milliseconds; now when absent. */
  readonly thisUpdateMs?: number;
  /** Epoch milliseconds; in a week when absent, never said when `null`. */
  readonly nextUpdateMs?: number | null;
  /** CRLNumber; grows with each list of an authority. */
  readonly number?: number;
  /** Signs in the authority's place: a forgery. */
  readonly signWith?: webcrypto.CryptoKey;
  /** Beside the authority's key and the number: a delta list, an unknown critical one. */
  readonly moreExtensions?: readonly x509.Extension[];
}

const WEEK_MS = 7 * 24 * 3600 * 1000;
const CRL_NUMBER = '2.5.29.20';

export async function createRevocationList({
  issuer,
  keys,
  nowMs,
  revoked,
  options,
}: {
  issuer: x509.JsonName;
  keys: webcrypto.CryptoKeyPair;
  nowMs: number;
  revoked: readonly RevokedEntry[];
  options: ListOptions;
}): Promise<Uint8Array> {
  const thisUpdateMs = options.thisUpdateMs ?? nowMs;
  const nextUpdateMs = options.nextUpdateMs === undefined ? thisUpdateMs + WEEK_MS : options.nextUpdateMs;
  // A list that nobody numbers is numbered by its time, so that a later one has the greater number.
  const number = options.number ?? Math.floor(thisUpdateMs / 1000);
  const list = await x509.X509CrlGenerator.create({
    issuer,
    thisUpdate: new Date(thisUpdateMs),
    ...(nextUpdateMs === null ? {} : { nextUpdate: new Date(nextUpdateMs) }),
    entries: revoked.map(entry => {
      const { serial, revokedAtMs = thisUpdateMs } = typeof entry === 'string' ? { serial: entry } : entry;
      return { serialNumber: serial, revocationDate: new Date(revokedAtMs) };
    }),
    signingAlgorithm: RSA_SHA256,
    signingKey: options.signWith ?? keys.privateKey,
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(CRL_NUMBER, false, new Integer({ value: number }).toBER()),
      ...(options.moreExtensions ?? []),
    ],
  });
  return new Uint8Array(list.rawData);
}
