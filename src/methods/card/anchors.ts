import { X509Certificate } from 'node:crypto';
import type { Mode } from '#config/index.ts';
import { readCardCertificate, type CardCertificate, type NameParts } from './certificate.ts';

/** The two branches of IGC-Santé that issue cards, and what each may issue (extension `.2`). */
export type Branch = 'fort' | 'standard';

export const CARD_TYPES: Readonly<Record<Branch, ReadonlySet<number>>> = {
  fort: new Set([0, 1]),
  standard: new Set([2, 3]),
};

/** An authority whose cards are accepted. */
export interface Issuer {
  readonly branch: Branch;
  readonly certificate: X509Certificate;
  /** Its name as cards give it: the very bytes of its subject. */
  readonly name: Uint8Array;
  /** The configured authorities above it, the root last. */
  readonly above: readonly X509Certificate[];
}

/** Why a configured authority cannot be one. */
export type AnchorProblem =
  'unreadable' | 'test_in_production' | 'no_card_issuer' | 'no_root' | 'no_authority' | 'none';

export type Anchors =
  | { readonly ok: true; readonly issuers: readonly Issuer[] }
  | { readonly ok: false; readonly problem: AnchorProblem; readonly name?: string };

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/** Far above the chain of any branch: root, issuing authority, and what may come between. */
const MAX_DEPTH = 4;

/**
 * Reads the authorities that an operator trusts: a PEM bundle of the roots (`AC RACINE IGC-SANTE FORT|STANDARD`) and
 * of the authorities that issue cards (`AC IGC-SANTE FORT|STANDARD PERSONNES`), in any order.
 * Verifies signatures and `basicConstraints` up to a root of the same bundle; their dates are looked at for each card.
 * Refuses what must never stand there: `AC IGC-SANTE ELEMENTAIRE PERSONNES` issues software certificates that look
 * like cards, GIP-CPS ended, and a test authority lets anybody in when the service runs in production.
 */
export function readAnchors(pem: string, mode: Mode): Anchors {
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) return { ok: false, problem: 'none' };
  const read = blocks.map(readAuthority).filter(authority => authority !== null);
  if (read.length < blocks.length) return { ok: false, problem: 'unreadable' };
  const issuers: Issuer[] = [];
  for (const authority of read) {
    const { certificate, fields } = authority;
    const name = fields.subjectName.commonName ?? fields.fingerprint;
    const refuse = (problem: AnchorProblem): Anchors => ({ ok: false, problem, name });
    if (!certificate.ca || !fields.authority) return refuse('no_authority');
    if (mode === 'production' && isOfTests(fields.subjectName)) return refuse('test_in_production');
    if (isRoot(authority)) continue;
    const branch = branchOf(name);
    if (!branch) return refuse('no_card_issuer');
    const above = pathAbove(authority, read);
    if (!above) return refuse('no_root');
    issuers.push({ branch, certificate, name: fields.subjectName.der, above });
  }
  return issuers.length === 0 ? { ok: false, problem: 'no_card_issuer' } : { ok: true, issuers };
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly fields: CardCertificate;
}

/** `OU=IGC-SANTE TEST` marks the test PKI of the ANS, and `TEST` begins the names of its authorities. */
export function isOfTests({ units, commonName }: NameParts): boolean {
  return units.includes('IGC-SANTE TEST') || commonName?.startsWith('TEST ') === true;
}

function readAuthority(block: string): Authority | null {
  try {
    const certificate = new X509Certificate(block);
    const fields = readCardCertificate(certificate.raw);
    return fields && { certificate, fields };
  } catch {
    return null;
  }
}

function isRoot({ certificate }: Authority): boolean {
  return isIssuedBy(certificate, certificate);
}

/** Name, key identifier, right to sign (all three in `checkIssued`), then the signature itself. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** From the authority's issuer up to a root, each within the length of path that it was given; `null` when none is reached. */
function pathAbove(authority: Authority, all: readonly Authority[]): readonly X509Certificate[] | null {
  const path: X509Certificate[] = [];
  for (let below = authority; path.length < MAX_DEPTH;) {
    const next = all.find(
      ({ certificate, fields }) =>
        fields.authority !== null &&
        (fields.authority.pathLength ?? MAX_DEPTH) > path.length &&
        isIssuedBy(below.certificate, certificate),
    );
    if (!next) return null;
    path.push(next.certificate);
    if (isRoot(next)) return path;
    below = next;
  }
  return null;
}

/** The name of an authority says its branch; a later generation may append to it. */
function branchOf(commonName: string): Branch | undefined {
  const found = /^(?:TEST )?AC IGC-SANTE (FORT|STANDARD) PERSONNES(?![^ ])/u.exec(commonName)?.[1];
  if (found === undefined) return undefined;
  return found === 'FORT' ? 'fort' : 'standard';
}
