import { normaliseAcr } from '#kernel/index.ts';
import { FIELD_WORDS, VALUE_WORDS } from './words.ts';

/** Words for what events hold as codes. What has no word here is shown as it stands. */
const LEVELS: Readonly<Record<string, string>> = {
  'urn:trousseau:acr:pwd': 'niveau 1, mot de passe',
  'urn:trousseau:acr:code': 'niveau 2, code reçu',
  'urn:trousseau:acr:mfa': 'niveau 3, deux facteurs',
  'urn:trousseau:acr:card': 'niveau 4, carte professionnelle',
};

const ON_A_RECORD: Readonly<Record<string, string>> = {
  create: 'Création d’un dossier de patient',
  read: 'Lecture d’un dossier de patient',
  write: 'Écriture dans un dossier de patient',
  share: 'Partage d’un dossier de patient',
  rcp_register: 'Inscription d’un patient en RCP',
};

const PURPOSES: Readonly<Record<string, string>> = {
  normal: 'soins',
  bris_de_glace: 'bris de glace',
  centre_15: 'régulation du centre 15',
};

const WAYS: Readonly<Record<string, string>> = {
  page: 'par les pages d’administration',
  api: 'par l’API d’administration',
  file: 'par un fichier',
  scim: 'par SCIM',
  job: 'par le service, à la date annoncée',
};

const lookup = (words: Readonly<Record<string, string>>, code: string) =>
  Object.hasOwn(words, code) ? words[code] : undefined;

export const levelWords = (acr: string): string => lookup(LEVELS, normaliseAcr(acr) ?? '') ?? acr;
export const actionOnRecord = (action: string): string =>
  lookup(ON_A_RECORD, action) ?? `Action « ${action} » sur un dossier de patient`;
export const purposeWords = (purpose: string): string => lookup(PURPOSES, purpose) ?? purpose;
export const wayWords = (via: string): string => lookup(WAYS, via) ?? `par ${via}`;
export const fieldWords = (field: string): string => lookup(FIELD_WORDS, field) ?? field;

/** A value before or after; nothing is « rien ». */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'rien';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return lookup(VALUE_WORDS, text) ?? text;
}
