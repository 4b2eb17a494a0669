import { webcrypto } from 'node:crypto';
import * as x509 from '../../../scripts/demo/igc/x509.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** PEM, both. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface TestAuthority {
  readonly certificate: string;
  issue(commonName: string, use: 'server' | 'client'): Promise<Identity>;
}

/** An authority of its own, for certificates of a mutual TLS on loopback. */
export async function createTestAuthority(commonName: string): Promise<TestAuthority> {
  const keys = await newKeys();
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificate: own.toString('pem'),
    async issue(name, use) {
      const { publicKey, privateKey } = await newKeys();
      const usage = use === 'server' ? 'serverAuth' : 'clientAuth';
      const issued = await x509.X509CertificateGenerator.create({
        ...validity(),
        subject: [{ CN: [name] }],
        issuer: own.subject,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
          new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
        ],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', privateKey);
      return { certificate: issued.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
    },
  };
}

function validity() {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
