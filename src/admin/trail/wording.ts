import { normaliseAcr } from '#kernel/index.ts';

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

/** Fields of acts, and of the data of events. */
const FIELDS: Readonly<Record<string, string>> = {
  act: 'Acte',
  action: 'Action',
  address: 'Adresse',
  applications: 'Applications',
  approvedBy: 'Confirmé par',
  attempts: 'Essais',
  birth_date: 'Date de naissance',
  bound: 'Borne atteinte',
  branch: 'Établissement de rattachement',
  civility: 'Civilité',
  client: 'Application',
  code: 'Code',
  count: 'Nombre',
  day: 'Journée',
  decision: 'Numéro de la décision',
  device: 'Appareil',
  digest: 'Empreinte du manifeste',
  done: 'Lignes faites',
  dropped: 'Catégorie supprimée',
  edition: 'Édition',
  email: 'Adresse électronique',
  failed: 'Lignes refusées',
  family_name: 'Nom',
  file: 'Fichier',
  finess: 'Numéro FINESS',
  from: 'Du',
  import: 'Numéro de l’import',
  isContinued: 'Page suivante',
  isPreview: 'Sans ouverture',
  left: 'Lignes laissées',
  lines: 'Lignes',
  given_name: 'Prénom',
  grant: 'Nature de la demande',
  login: 'Identifiant',
  logo: 'Logo',
  membership: 'Profil',
  method: 'Moyen',
  methods: 'Moyens',
  months: 'Mois de conservation',
  more: 'Fois de plus dans la minute',
  name: 'Nom',
  national_ids: 'Identifiants nationaux',
  network: 'Réseau',
  networks: 'Réseaux',
  organisation: 'Établissement',
  origin: 'Origine',
  parent: 'Dépend de',
  phone: 'Téléphone',
  policy: 'Règles en vigueur',
  profession: 'Profession',
  profile: 'Profil',
  proof: 'Preuve d’identité',
  participants: 'Participants',
  patients: 'Patients',
  proposal: 'Proposition',
  purpose: 'Motif d’accès',
  rcp_registration: 'Inscription à une RCP',
  reason: 'Motif',
  referents: 'Référents',
  registrants: 'Comptes qui peuvent y inscrire',
  regime: 'Régime',
  resource: 'Objet',
  result: 'Résultat',
  review: 'Examen',
  row: 'Ligne',
  resourceType: 'Nature de l’objet',
  rule: 'Règle appliquée',
  run: 'Numéro de l’acte sur plusieurs personnes',
  scope: 'Portées',
  section: 'Rubrique',
  security_contact: 'Contact de sécurité',
  sessions: 'Sessions',
  simulatedAt: 'À la date du',
  since: 'Depuis',
  specialties: 'Savoir-faire',
  status: 'État',
  target: 'Objet',
  to: 'Au',
  until: 'Jusqu’au',
  version: 'Version',
  via: 'Voie',
  view: 'Page',
};

const VALUES: Readonly<Record<string, string>> = {
  active: 'actif',
  suspended: 'suspendu',
  closed: 'fermé',
  success: 'réussi',
  refused: 'refusé',
  failure: 'échoué',
  added: 'ajouté',
  changed: 'modifié',
  same: 'inchangé',
  technical: 'événements techniques',
  signin: 'connexions',
  access: 'accès aux dossiers',
  administration: 'actes d’administration',
  list: 'toutes les traces',
  list_csv: 'traces de la branche, en fichier',
  mine: 'ses propres actes',
  person: 'rapport sur une personne',
  record: 'rapport sur un dossier',
  person_csv: 'rapport sur une personne, en fichier',
  record_csv: 'rapport sur un dossier, en fichier',
  person_export: 'rapport sur une personne, par une commande',
  record_export: 'rapport sur un dossier, par une commande',
  true: 'oui',
  false: 'non',
};

const lookup = (words: Readonly<Record<string, string>>, code: string) =>
  Object.hasOwn(words, code) ? words[code] : undefined;

export const levelWords = (acr: string): string => lookup(LEVELS, normaliseAcr(acr) ?? '') ?? acr;
export const actionOnRecord = (action: string): string =>
  lookup(ON_A_RECORD, action) ?? `Action « ${action} » sur un dossier de patient`;
export const purposeWords = (purpose: string): string => lookup(PURPOSES, purpose) ?? purpose;
export const wayWords = (via: string): string => lookup(WAYS, via) ?? `par ${via}`;
export const fieldWords = (field: string): string => lookup(FIELDS, field) ?? field;

/** A value before or after; nothing is « rien ». */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'rien';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return lookup(VALUES, text) ?? text;
}
