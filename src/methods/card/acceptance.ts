import { X509Certificate } from 'node:crypto';
import type { Mode } from '#config/index.ts';
import { checkPersonId, type Clock } from '#kernel/index.ts';
import type { ProvenIdentity } from '../method.ts';
import { CARD_TYPES, isIssuedBy, isOfTests, type Issuer } from './anchors.ts';
import { readCardCertificate, type CardCertificate } from './certificate.ts';

/** Why a certificate opens nothing. Each has its French sentence (`messages.ts`); the codes are API. */
export type CardRefusal =
  | 'card.unreadable'
  | 'card.unknown_issuer'
  | 'card.old_issuer'
  | 'card.forged'
  | 'card.authority_not_valid'
  | 'card.weak_signature'
  | 'card.unknown_extension'
  | 'card.test_card'
  | 'card.no_category'
  | 'card.software_certificate'
  | 'card.module_certificate'
  | 'card.service_card'
  | 'card.signature_certificate'
  | 'card.wrong_key_usage'
  | 'card.wrong_extended_key_usage'
  | 'card.wrong_type'
  | 'card.national_id_ended'
  | 'card.no_national_id'
  | 'card.upn_mismatch'
  | 'card.no_name'
  | 'card.not_yet_valid'
  | 'card.expired';

export type CardJudgement =
  | {
      readonly ok: true;
      readonly certificate: CardCertificate;
      /** Canonical, the prefix included: what accounts are bound to. */
      readonly nationalId: string;
      /** What a request for an account is filled in with. */
      readonly identity: ProvenIdentity;
      /** Whose lists and responder say whether it was revoked. */
      readonly issuer: Issuer;
    }
  | {
      readonly ok: false;
      readonly code: CardRefusal;
      /** As far as it could be read: for the page that helps with the workstation. */
      readonly certificate?: CardCertificate;
    };

export interface CardAcceptance {
  /**
   * Judges the certificate that a client showed, DER. Verifies form, signature and path up to the configured
   * authorities, dates, usages, kind of card and the identity in it. Certificates that the client sends beside it are
   * never asked for. Does NOT verify that the client holds the key (TLS does), nor revocation (`revocation/`).
   * Never throws.
   */
  judge(der: Uint8Array): CardJudgement;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SMARTCARD_LOGON = '1.3.6.1.4.1.311.20.2.2';

/** IGC-Santé issues RSA-2048; ANSSI's guide allows nothing shorter. */
const MIN_RSA_BITS = 2048;

/** RSA with SHA-256, SHA-384 and SHA-512 (RFC 4055): IGC-Santé signs with the first. */
const SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
]);

/** `issuers`: from `readAnchors`. `professionOf`: the code of a profession's label, for cards without the extension. */
export function createCardAcceptance({
  issuers,
  mode,
  clock,
  professionOf = () => undefined,
}: {
  issuers: readonly Issuer[];
  mode: Mode;
  clock: Clock;
  professionOf?: (label: string) => string | undefined;
}): CardAcceptance {
  return {
    judge(der) {
      const certificate = readCardCertificate(der);
      const signed = certificate && parse(der);
      if (!certificate || !signed) return { ok: false, code: 'card.unreadable' };
      const refuse = (code: CardRefusal): CardJudgement => ({ ok: false, code, certificate });

      // ORDER: who signed comes first: of a certificate that nobody vouches for, only the issuer's name is spoken of.
      const named = issuers.filter(({ name }) => Buffer.compare(name, certificate.issuer.der) === 0);
      if (named.length === 0) return refuse(strangerCode(certificate, mode));
      const issuer = named.find(candidate => isIssuedBy(signed, candidate.certificate));
      if (!issuer) return refuse('card.forged');
      const nowMs = clock.nowMs();
      if (![issuer.certificate, ...issuer.above].every(authority => isInForce(authority, nowMs))) {
        return refuse('card.authority_not_valid');
      }
      const problem =
        signatureProblem(certificate, signed) ??
        carrierProblem(certificate, mode) ??
        usageProblem(certificate) ??
        typeProblem(certificate, issuer);
      if (problem) return refuse(problem);

      const { subject } = certificate;
      const id = checkPersonId(subject.nationalId ?? '');
      if (!id.ok) {
        return refuse(id.problem === 'prefix_ended' ? 'card.national_id_ended' : 'card.no_national_id');
      }
      if (!agrees(certificate.upn, id.id)) return refuse('card.upn_mismatch');
      if (!subject.familyName || !subject.givenName) return refuse('card.no_name');
      if (clock.now() < certificate.notBeforeAt) return refuse('card.not_yet_valid');
      if (clock.now() > certificate.notAfterAt) return refuse('card.expired');

      const profession =
        certificate.professionCode ?? (subject.title === null ? undefined : professionOf(subject.title));
      return {
        ok: true,
        certificate,
        nationalId: id.id.value,
        issuer,
        identity: {
          nationalIds: [id.id.value],
          familyName: subject.familyName,
          givenName: subject.givenName,
          ...(profession === undefined ? {} : { profession }),
          ...(subject.finess === null ? {} : { finess: subject.finess }),
          ...(subject.organisationName === null ? {} : { organisationName: subject.organisationName }),
        },
      };
    },
  };
}

/** OpenSSL's reading of the same bytes; `null` unless it reads them to the last one. */
function parse(der: Uint8Array): X509Certificate | null {
  try {
    const certificate = new X509Certificate(der);
    return certificate.raw.equals(der) ? certificate : null;
  } catch {
    return null;
  }
}

/** The issuer is none of ours. Its name, which nobody vouches for, only chooses the sentence. */
function strangerCode({ issuer }: CardCertificate, mode: Mode): CardRefusal {
  if (issuer.organisation === 'GIP-CPS') return 'card.old_issuer';
  if (issuer.commonName?.includes('IGC-SANTE ELEMENTAIRE') === true) return 'card.software_certificate';
  if (mode === 'production' && isOfTests(issuer)) return 'card.test_card';
  return 'card.unknown_issuer';
}

function isInForce({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
}

function signatureProblem(
  { signatureAlgorithm }: CardCertificate,
  { publicKey }: X509Certificate,
): CardRefusal | undefined {
  const { modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {};
  const isStrong = publicKey.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS;
  return isStrong && SIGNATURES.has(signatureAlgorithm) ? undefined : 'card.weak_signature';
}

/** The key must be in a card, a person's one, and in production no test card whoever signed it. */
function carrierProblem(certificate: CardCertificate, mode: Mode): CardRefusal | undefined {
  const { category, subject } = certificate;
  if (category === null) return 'card.no_category';
  if (category.carrier === 'software') return 'card.software_certificate';
  if (category.carrier === 'module') return 'card.module_certificate';
  if (category.isTest && mode === 'production') return 'card.test_card';
  return subject.pseudonym === null ? undefined : 'card.service_card';
}

/** Domain §4: digitalSignature, critical; clientAuth and smartcardLogon. A card's other certificate signs documents. */
function usageProblem(certificate: CardCertificate): CardRefusal | undefined {
  const { keyUsage, extendedKeyUsage, authority, unknownCriticalExtensions } = certificate;
  if (unknownCriticalExtensions.length > 0) return 'card.unknown_extension';
  const { names } = keyUsage;
  if (names.has('nonRepudiation') && !names.has('digitalSignature')) return 'card.signature_certificate';
  const isForSignIn = keyUsage.isCritical && names.size === 1 && names.has('digitalSignature');
  if (!isForSignIn || authority !== null) return 'card.wrong_key_usage';
  const isForCards = [CLIENT_AUTH, SMARTCARD_LOGON].every(usage => extendedKeyUsage.includes(usage));
  return isForCards ? undefined : 'card.wrong_extended_key_usage';
}

function typeProblem({ cardType }: CardCertificate, { branch }: Issuer): CardRefusal | undefined {
  return cardType !== null && CARD_TYPES[branch].has(cardType) ? undefined : 'card.wrong_type';
}

/**
 * The principal name of a national register's number is that number (`8.99700366240@carte-cps.fr`); a card may have
 * none. Of numbers that a structure gives, no published rule says how the name is made: they are not compared.
 */
function agrees(upn: string | null, { kind, value }: { kind: string; value: string }): boolean {
  if (upn === null || (kind !== 'rpps' && kind !== 'adeli')) return true;
  const name = upn.slice(0, upn.includes('@') ? upn.lastIndexOf('@') : undefined);
  return name.replaceAll('.', '').toUpperCase() === value;
}
