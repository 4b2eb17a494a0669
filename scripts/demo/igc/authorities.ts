import type { webcrypto } from 'node:crypto';
import * as x509 from './x509.ts';
import { RSA_SHA256, type KeyName, type KeyRing } from './keys.ts';

/**
 * The authorities of the imitation, named as those of IGC-Santé are (domain §4): two that issue cards, one that
 * issues software certificates, the one before IGC-Santé, and an impostor who has the name of `fort` but not its key.
 */
export type AuthorityName =
  | 'racineFort'
  | 'racineStandard'
  | 'racineElementaire'
  | 'fort'
  | 'standard'
  | 'elementaire'
  | 'gipCps'
  | 'impostor';

/** `production` imitates the names of the real authorities: for tests of a service that runs in production mode. */
export type Look = 'test' | 'production';

export interface Authority {
  readonly name: AuthorityName;
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Rule {
  readonly commonName: string;
  readonly key: KeyName;
  /** Absent: signs itself. */
  readonly issuer?: AuthorityName;
}

const RULES: Readonly<Record<AuthorityName, Rule>> = {
  racineFort: { commonName: 'AC RACINE IGC-SANTE FORT', key: 'roots' },
  racineStandard: { commonName: 'AC RACINE IGC-SANTE STANDARD', key: 'roots' },
  racineElementaire: { commonName: 'AC RACINE IGC-SANTE ELEMENTAIRE', key: 'roots' },
  fort: { commonName: 'AC IGC-SANTE FORT PERSONNES', key: 'fort', issuer: 'racineFort' },
  standard: { commonName: 'AC IGC-SANTE STANDARD PERSONNES', key: 'standard', issuer: 'racineStandard' },
  elementaire: {
    commonName: 'AC IGC-SANTE ELEMENTAIRE PERSONNES',
    key: 'standard',
    issuer: 'racineElementaire',
  },
  gipCps: { commonName: 'GIP-CPS CLASSE-1', key: 'standard' },
  impostor: { commonName: 'AC IGC-SANTE FORT PERSONNES', key: 'holders' },
};

/** Ten years, as roots and issuing authorities live. */
const LIFE_SECONDS = 10 * 365 * 24 * 3600;

/** The name of an authority as its certificate and the lists that it signs bear it. */
export function nameOf(name: AuthorityName, look: Look): x509.JsonName {
  if (name === 'gipCps') return [{ C: ['FR'] }, { O: ['GIP-CPS'] }, { CN: [RULES.gipCps.commonName] }];
  const test = look === 'test';
  return [
    { C: ['FR'] },
    { O: ['ASIP-SANTE'] },
    { OU: ['0002 187512751'] },
    { OU: [test ? 'IGC-SANTE TEST' : 'IGC-SANTE'] },
    { CN: [`${test ? 'TEST ' : ''}${RULES[name].commonName}`] },
  ];
}

export function keysOf(name: AuthorityName, keys: KeyRing): Promise<webcrypto.CryptoKeyPair> {
  return keys(RULES[name].key);
}

export async function createAuthority(
  name: AuthorityName,
  { keys, look, nowMs }: { keys: KeyRing; look: Look; nowMs: number },
): Promise<Authority> {
  const rule = RULES[name];
  const own = await keysOf(name, keys);
  const issuer = rule.issuer ?? name;
  const issuing = await keysOf(issuer, keys);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: nameOf(name, look),
    issuer: nameOf(issuer, look),
    publicKey: own.publicKey,
    signingKey: issuing.privateKey,
    signingAlgorithm: RSA_SHA256,
    // Before any card that a test dates in the past.
    notBefore: new Date(nowMs - (LIFE_SECONDS / 2) * 1000),
    notAfter: new Date(nowMs + (LIFE_SECONDS / 2) * 1000),
    extensions: [
      new x509.BasicConstraintsExtension(true, rule.issuer === undefined ? undefined : 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuing.publicKey),
    ],
  });
  return { name, certificate, keys: own };
}
