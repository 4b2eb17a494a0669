/** The vocabulary of the rules, as people read it; a word that has none stands as it is. */
const TYPES: Readonly<Record<string, string>> = {
  patient_record: 'Dossier du patient',
  account: 'Comptes',
  account_request: 'Demandes de compte',
  membership: 'Inscriptions et profils',
  organisation: 'Établissements',
  network: 'Réseaux',
  application_settings: 'Applications',
  policy: 'Règles d’accès',
  decision: 'Explications',
  review: 'Revues',
  audit: 'Traces',
  terms: 'Règlement',
  means: 'Moyens de connexion',
  mail_template: 'Courriels et SMS',
  rcp_session: 'Séances de RCP',
  emergency: 'Accès d’urgence',
  delivery: 'Envois',
};

const ACTIONS: Readonly<Record<string, string>> = {
  create: 'créer',
  read: 'voir',
  write: 'écrire',
  share: 'partager',
  rcp_register: 'inscrire en RCP',
  bris_de_glace: 'bris de glace',
  centre_15: 'centre 15',
  update: 'modifier',
  suspend: 'suspendre ou rouvrir',
  close: 'fermer',
  open: 'ouvrir un accès',
  reset: 'remettre un moyen de connexion',
  end_sessions: 'fermer les sessions',
  decide: 'décider',
  review: 'examiner',
  ask: 'demander pour quelqu’un',
  give: 'donner',
  attach: 'rattacher un collègue d’ailleurs',
  remove: 'retirer',
  rotate_secret: 'renouveler le secret',
  test: 'essayer',
  read_record: 'voir pour un dossier',
  reload: 'recharger',
  launch: 'lancer',
  export: 'exporter',
  publish: 'publier',
  retry: 'réessayer',
  subscribe: 'abonner une adresse',
};

const PURPOSE_WORDS: Readonly<Record<string, string>> = {
  normal: 'Soins courants',
  bris_de_glace: 'Bris de glace',
  centre_15: 'Centre 15',
};

export const typeWords = (type: string): string => TYPES[type] ?? type;
export const actionWords = (action: string): string => ACTIONS[action] ?? action;
export const purposeWords = (purpose: string): string => PURPOSE_WORDS[purpose] ?? purpose;
