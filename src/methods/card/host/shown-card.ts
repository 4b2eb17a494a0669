import { checkPersonId, type PersonIdKind } from '#kernel/index.ts';
import type { CardCertificate } from '../certificate.ts';

/** A card as its holder recognises it on a page, in French. Nothing here says that it is accepted. */
export interface ShownCard {
  readonly kind: string;
  /** « Claire DUPONT »; `null` where the certificate names nobody. */
  readonly holder: string | null;
  readonly profession: string | null;
  /** « RPPS …6240 ». */
  readonly nationalId: string | null;
  /** Who issued it, as it says itself. */
  readonly issuer: string | null;
  readonly number: string | null;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

const KINDS: Readonly<Record<number, string>> = {
  0: 'CPS, carte de professionnel de santé',
  1: 'CPF, carte de professionnel de santé en formation',
  2: 'CPE ou CDE, carte de personnel ou de directeur d’établissement',
  3: 'CPA ou CDA, carte de personnel ou de directeur autorisé',
};

const REGISTERS: Readonly<Record<PersonIdKind, string>> = {
  rpps: 'RPPS',
  adeli: 'ADELI',
  cabinet_rpps: 'cabinet RPPS',
  cabinet_adeli: 'cabinet ADELI',
  finess: 'identifiant d’établissement',
  siret: 'identifiant de structure',
};

/** Enough for the holder to recognise a number, and too little for who looks over a shoulder. */
const SHOWN_CHARACTERS = 4;

export function showCard(certificate: CardCertificate, professionLabel: (code: string) => string): ShownCard {
  const { subject, professionCode, cardType, category } = certificate;
  const { familyName, givenName, title } = subject;
  const profession = professionCode === null ? title : professionLabel(professionCode);
  const kind = category?.carrier === 'card' && cardType !== null ? KINDS[cardType] : undefined;
  return {
    kind: kind ?? 'certificat d’un autre type',
    holder:
      familyName !== null && givenName !== null ? `${nameCase(givenName)} ${familyName}` : subject.pseudonym,
    profession: profession === null ? null : profession.toLocaleLowerCase('fr'),
    nationalId: shownId(subject.nationalId),
    issuer: certificate.issuer.commonName,
    number: certificate.cardNumber,
    fromMs: certificate.notBeforeAt * 1000,
    untilMs: certificate.notAfterAt * 1000,
  };
}

function shownId(text: string | null): string | null {
  const checked = text === null ? null : checkPersonId(text);
  if (!checked?.ok) return null;
  // Kept on one line.
  return `${REGISTERS[checked.id.kind]}\u00a0…\u2060${checked.id.value.slice(-SHOWN_CHARACTERS)}`;
}

/** Cards write « JEAN-CLAUDE ». */
function nameCase(name: string): string {
  return name
    .toLocaleLowerCase('fr')
    .replaceAll(
      /(^|[\s'’-])(\p{L})/gu,
      (_all, before: string, letter: string) => before + letter.toLocaleUpperCase('fr'),
    );
}
