/**
 * A public key infrastructure with the profile of IGC-Santé (domain §4), for the demonstration and the tests: its
 * authorities, cards of every kind that must be accepted or refused, revocation lists, an OCSP responder.
 * Everything in it is fictional and none of its keys is ever published; the service trusts it in demo mode only.
 */
import { randomBytes, subtle, type webcrypto } from 'node:crypto';
import { systemClock, type Clock } from '#kernel/index.ts';
import {
  createAuthority,
  keysOf,
  nameOf,
  type Authority,
  type AuthorityName,
  type Look,
} from './authorities.ts';
import { createKeyRing, RSA_SHA256, type KeyRing } from './keys.ts';
import { startOcsp, type OcspResponder, type OcspStatus } from './ocsp.ts';
import { writePkcs12 } from './pkcs12.ts';
import { extensionsOf, profileOf, subjectOf, type CardKind, type Profile } from './profile.ts';
import { createRevocationList, type ListOptions, type RevokedEntry } from './revocation-list.ts';
import * as x509 from './x509.ts';

export type {
  Authority,
  AuthorityName,
  CardKind,
  ListOptions,
  Look,
  OcspResponder,
  OcspStatus,
  Profile,
  RevokedEntry,
};
export type { OcspBehaviour } from './ocsp.ts';
export { createKeyRing, exportKeyRing, importKeyRing, type KeptKeys, type KeyRing } from './keys.ts';

/** Cards live three years. */
const CARD_SECONDS = 3 * 365 * 24 * 3600;
const DAY_SECONDS = 24 * 3600;

/** What a card may have of its own, beyond its profile. */
export interface IssueOptions extends Partial<Profile> {
  /** Hexadecimal, without `0x`; random when absent, so that a second card of a person is a renewal. */
  readonly serial?: string;
  /** Epoch milliseconds. */
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** In place of the profile's subject. */
  readonly subject?: x509.JsonName;
  /** The holder's keys, when they are not the shared ones. */
  readonly holder?: webcrypto.CryptoKeyPair;
  /** Beside those of the profile, to make what no authority would issue. */
  readonly moreExtensions?: readonly x509.Extension[];
}

export interface IssuedCard {
  readonly kind: CardKind;
  readonly authority: AuthorityName;
  readonly nationalId: string;
  readonly certificate: IssuedCertificate;
  readonly keys: webcrypto.CryptoKeyPair;
  /** PEM, PKCS#8. */
  privateKey(): Promise<string>;
  /** The card as a file that a browser imports, with its issuing authority. */
  p12(pin: string, label?: string): Promise<Uint8Array>;
}

export interface IssuedCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
}

export interface Igc {
  /** The roots and the two issuing authorities of cards, as PEM: what the service is configured to trust. */
  anchors(): Promise<string>;
  authority(name: AuthorityName): Promise<Authority>;
  issue(kind: CardKind, options?: IssueOptions): Promise<IssuedCard>;
  /** A signed revocation list, DER. */
  crl(name: AuthorityName, revoked: readonly RevokedEntry[], options?: ListOptions): Promise<Uint8Array>;
  /** A responder on a free port of the loopback address. */
  startOcsp(name: AuthorityName, statusOf: (serial: string) => OcspStatus): Promise<OcspResponder>;
  /** What the card host shows of itself, signed by the root: PEM, its chain after it. */
  host(names: readonly string[]): Promise<{ certificate: string; privateKey: string }>;
}

/** Keys are slow to make, so all of a process share these unless they bring their own. */
const sharedKeys = createKeyRing();

export function createIgc({
  clock = systemClock,
  keys = sharedKeys,
  look = 'test',
}: { clock?: Clock; keys?: KeyRing; look?: Look } = {}): Igc {
  const authorities = new Map<AuthorityName, Promise<Authority>>();
  const authority = (name: AuthorityName): Promise<Authority> => {
    const known = authorities.get(name) ?? createAuthority(name, { keys, look, nowMs: clock.nowMs() });
    authorities.set(name, known);
    return known;
  };

  async function issue(kind: CardKind, options: IssueOptions = {}): Promise<IssuedCard> {
    const {
      serial,
      notBeforeMs,
      notAfterMs,
      holder: ownKeys,
      subject,
      moreExtensions = [],
      ...changes
    } = options;
    const profile = profileOf(kind, changes, look === 'test');
    const [issuer, holder] = await Promise.all([keysOf(profile.authority, keys), ownKeys ?? keys('holders')]);
    const validity = validityOf(kind, clock.nowMs());
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial ?? randomSerial(),
      subject: subject ?? subjectOf(profile),
      issuer: nameOf(profile.authority, look),
      notBefore: new Date(notBeforeMs ?? validity.fromMs),
      notAfter: new Date(notAfterMs ?? validity.toMs),
      publicKey: holder.publicKey,
      signingKey: issuer.privateKey,
      signingAlgorithm: RSA_SHA256,
      extensions: [
        ...extensionsOf(profile),
        await x509.SubjectKeyIdentifierExtension.create(holder.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
        ...moreExtensions,
      ],
    });
    const privateKey = async (): Promise<Uint8Array> =>
      new Uint8Array(await subtle.exportKey('pkcs8', holder.privateKey));
    return {
      kind,
      authority: profile.authority,
      nationalId: profile.nationalId,
      certificate: issued(certificate),
      keys: holder,
      privateKey: async () => x509.PemConverter.encode(toBuffer(await privateKey()), 'PRIVATE KEY'),
      p12: async (pin, label = `${profile.givenName} ${profile.familyName}`) =>
        writePkcs12({
          label,
          password: pin,
          privateKey: await privateKey(),
          certificates: [
            new Uint8Array(certificate.rawData),
            new Uint8Array((await authority(profile.authority)).certificate.rawData),
          ],
        }),
    };
  }

  return {
    authority,
    issue,
    async anchors() {
      const trusted = ['racineFort', 'fort', 'racineStandard', 'standard'] as const;
      const found = await Promise.all(trusted.map(authority));
      return found.map(({ certificate }) => `${certificate.toString('pem')}\n`).join('');
    },
    async crl(name, revoked, options = {}) {
      return createRevocationList({
        issuer: nameOf(name, look),
        keys: await keysOf(name, keys),
        nowMs: clock.nowMs(),
        revoked,
        options,
      });
    },
    async startOcsp(name, statusOf) {
      return startOcsp({ authority: await authority(name), keys, clock, statusOf });
    },
    async host(names) {
      const [root, own] = await Promise.all([authority('racineFort'), keys('service')]);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: [{ CN: [names[0] ?? 'localhost'] }],
        issuer: nameOf('racineFort', look),
        notBefore: new Date(clock.nowMs() - DAY_SECONDS * 1000),
        // Browsers refuse server certificates that live longer than 398 days; 90 days would end demonstrations early.
        notAfter: new Date(clock.nowMs() + 397 * DAY_SECONDS * 1000),
        publicKey: own.publicKey,
        signingKey: root.keys.privateKey,
        signingAlgorithm: RSA_SHA256,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(
            names.map(value => ({ type: /^[\d.]+$|:/u.test(value) ? 'ip' : 'dns', value })),
          ),
        ],
      });
      const pkcs8 = await subtle.exportKey('pkcs8', own.privateKey);
      return {
        certificate: `${certificate.toString('pem')}\n${root.certificate.toString('pem')}\n`,
        privateKey: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
      };
    },
  };
}

function issued(certificate: x509.X509Certificate): IssuedCertificate {
  return {
    der: new Uint8Array(certificate.rawData),
    pem: `${certificate.toString('pem')}\n`,
    serial: certificate.serialNumber.toLowerCase(),
  };
}

function validityOf(kind: CardKind, nowMs: number): { fromMs: number; toMs: number } {
  const dayMs = DAY_SECONDS * 1000;
  if (kind === 'expired') return { fromMs: nowMs - CARD_SECONDS * 1000, toMs: nowMs - dayMs };
  if (kind === 'not-yet-valid') return { fromMs: nowMs + dayMs, toMs: nowMs + CARD_SECONDS * 1000 };
  return { fromMs: nowMs - dayMs, toMs: nowMs + CARD_SECONDS * 1000 };
}

/** Positive and never short: the first byte is between 0x40 and 0x7f. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
