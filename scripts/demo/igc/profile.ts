import { Integer, OctetString, PrintableString } from 'asn1js';
import type { AuthorityName } from './authorities.ts';
import * as x509 from './x509.ts';

/** What is on a card, or in what imitates one. */
export type CardKind =
  | 'cps'
  | 'cpf'
  | 'cpe'
  | 'cde'
  | 'cpa'
  | 'expired'
  | 'not-yet-valid'
  | 'service'
  | 'software'
  | 'module'
  | 'signature'
  | 'old'
  | 'impostor'
  | 'wrong-key-usage'
  | 'wrong-extended-key-usage'
  | 'wrong-type'
  | 'unknown-type';

export type PersonAttribute = 'SN' | 'GN' | 'CN' | 'pseudonym';

export const OID = {
  title: '2.5.4.12',
  pseudonym: '2.5.4.65',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  smartcardLogon: '1.3.6.1.4.1.311.20.2.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  cardType: '1.2.250.1.71.1.2.2',
  cardNumber: '1.2.250.1.71.1.2.3',
  category: '1.2.250.1.71.1.2.5',
  profession: '1.2.250.1.71.1.2.7',
} as const;

/** The content of one certificate, in the words of domain §4. `null` leaves a field out. */
export interface Profile {
  readonly authority: AuthorityName;
  readonly nationalId: string;
  readonly familyName: string;
  readonly givenName: string;
  readonly title: string | null;
  /** NOS code. */
  readonly profession: number | null;
  /** The establishment, for cards of its staff. */
  readonly finess: string | null;
  readonly organisationName: string | null;
  readonly pseudonym: string | null;
  /** The whole user principal name. */
  readonly upn: string | null;
  readonly cardType: number | null;
  readonly cardNumber: string | null;
  /** 0x00 card, 0x02 module, 0x03 software; 0x80 added for tests. */
  readonly category: number | null;
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  /** The order of the person's attributes within their one RDN, which varies from card to card. */
  readonly order: readonly PersonAttribute[];
}

const DOCTOR = {
  nationalId: '899700366240',
  familyName: 'DUPONT',
  givenName: 'CLAIRE',
  title: 'Médecin',
  profession: 10,
  finess: null,
  organisationName: null,
};

const STAFF = {
  nationalId: '3370000481/SM0042',
  familyName: 'MARTIN',
  givenName: 'SOPHIE',
  title: 'Secrétaire médicale',
  profession: null,
  finess: '370000481',
  organisationName: 'CHU BRETONNEAU',
};

const CARD: Profile = {
  ...DOCTOR,
  authority: 'fort',
  pseudonym: null,
  upn: null,
  cardType: 0,
  cardNumber: '0002187512751/2800000001',
  category: 0x80,
  keyUsage: x509.KeyUsageFlags.digitalSignature,
  extendedKeyUsage: [OID.clientAuth, OID.smartcardLogon],
  order: ['SN', 'GN', 'CN'],
};

const STAFF_CARD: Profile = { ...CARD, ...STAFF, authority: 'standard', cardType: 2 };

const PROFILES: Readonly<Record<CardKind, Profile>> = {
  cps: CARD,
  cpf: { ...CARD, cardType: 1, title: 'Médecin en formation' },
  cpe: STAFF_CARD,
  cde: { ...STAFF_CARD, title: 'Directeur d’établissement' },
  cpa: { ...STAFF_CARD, cardType: 3, title: 'Personnel autorisé' },
  expired: CARD,
  'not-yet-valid': CARD,
  service: { ...STAFF_CARD, pseudonym: 'ACCUEIL URGENCES', order: ['pseudonym', 'CN'] },
  software: { ...CARD, authority: 'elementaire', category: 0x83 },
  module: { ...CARD, category: 0x82 },
  signature: {
    ...CARD,
    keyUsage: x509.KeyUsageFlags.nonRepudiation,
    extendedKeyUsage: [OID.emailProtection],
  },
  old: { ...CARD, authority: 'gipCps' },
  impostor: { ...CARD, authority: 'impostor' },
  'wrong-key-usage': { ...CARD, keyUsage: x509.KeyUsageFlags.keyEncipherment },
  'wrong-extended-key-usage': { ...CARD, extendedKeyUsage: [OID.clientAuth] },
  'wrong-type': { ...CARD, cardType: 2 },
  'unknown-type': { ...CARD, cardType: 7 },
};

/** The profile of a kind, changed where a test or a demo person asks. A UPN follows the identifier unless it is given. */
export function profileOf(kind: CardKind, changes: Partial<Profile>, isTest: boolean): Profile {
  const base = PROFILES[kind];
  const category = base.category === null || isTest ? base.category : base.category & 0x7f;
  const nationalId = changes.nationalId ?? base.nationalId;
  return { ...base, category, upn: upnOf(nationalId), ...changes };
}

/** `8.99700366240@carte-cps.fr`: the prefix apart from the number. Only national registers have it here. */
function upnOf(nationalId: string): string | null {
  return /^[08]/u.test(nationalId) ? `${nationalId.slice(0, 1)}.${nationalId.slice(1)}@carte-cps.fr` : null;
}

export function subjectOf(profile: Profile): x509.Name {
  const values: Record<PersonAttribute, string | null> = {
    SN: profile.familyName,
    GN: profile.givenName,
    CN: profile.nationalId,
    pseudonym: profile.pseudonym,
  };
  // One multi-valued RDN: its attributes are written in the order of this object's keys.
  const person: Record<string, Text[]> = {};
  for (const attribute of profile.order) {
    const value = values[attribute];
    if (value !== null) person[attributeType(attribute)] = text(value);
  }
  const place =
    profile.finess === null
      ? []
      : [
          { ST: text('Indre-et-Loire (37)') },
          { O: text(profile.organisationName ?? 'ETABLISSEMENT') },
          { OU: text(`1${profile.finess}`) },
        ];
  const title = profile.title === null ? [] : [{ [OID.title]: text(profile.title) }];
  return new x509.Name([{ C: [{ printableString: 'FR' }] }, ...place, ...title, person]);
}

type Text = { readonly utf8String: string };

/** As it is: a plain text would be read for quotes and escapes. */
function text(value: string): Text[] {
  return [{ utf8String: value }];
}

/** @peculiar/x509 writes the given name `G`, and knows no name for a pseudonym. */
function attributeType(attribute: PersonAttribute): string {
  if (attribute === 'GN') return 'G';
  return attribute === 'pseudonym' ? OID.pseudonym : attribute;
}

/** The private extensions (arc 1.2.250.1.71.1.2), the usages and the UPN. */
export function extensionsOf(profile: Profile): x509.Extension[] {
  const { cardType, cardNumber, category, profession, upn } = profile;
  const extensions: x509.Extension[] = [
    new x509.KeyUsagesExtension(profile.keyUsage, true),
    new x509.ExtendedKeyUsageExtension([...profile.extendedKeyUsage]),
    // As real cards have them. The service reads its own addresses, never these.
    new x509.CRLDistributionPointsExtension(['http://igc-sante.invalid/CRL/ACI-FO-PP.crl']),
  ];
  if (upn !== null) extensions.push(new x509.SubjectAlternativeNameExtension([{ type: 'upn', value: upn }]));
  const add = (oid: string, value: { toBER(): ArrayBuffer }): void => {
    extensions.push(new x509.Extension(oid, false, value.toBER()));
  };
  if (cardType !== null) add(OID.cardType, new Integer({ value: cardType }));
  if (cardNumber !== null) add(OID.cardNumber, new PrintableString({ value: cardNumber }));
  if (category !== null) add(OID.category, new OctetString({ valueHex: new Uint8Array([category]).buffer }));
  if (profession !== null) add(OID.profession, new Integer({ value: profession }));
  return extensions;
}
