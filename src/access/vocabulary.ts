/** The closed vocabularies of contract §7. A word that is not here is refused: in a request, a policy and a table. */

export const RECORD_ACTIONS = ['create', 'read', 'write', 'share', 'rcp_register'] as const;
/** Of a `document_area`. */
export const DOCUMENT_ACTIONS = ['read', 'write'] as const;
/** Of an `application`. */
export const APPLICATION_ACTIONS = ['open'] as const;
export const PURPOSES = ['normal', 'bris_de_glace', 'centre_15'] as const;
export const REGIMES = ['consentement', 'information_opposition'] as const;

/** Domain §8, and the two habilitations that the contract's table adds. */
export const PROFILES = [
  'utilisateur_cancerologie',
  'acces_limite',
  'pharmacien',
  'medecin_rcp',
  'secretaire_rcp',
  'responsable_rcp',
  'coordinateur_3c',
  'inscription_rcp',
  'regulateur_centre_15',
  'administrateur_local',
  'administrateur_3c',
  'administrateur_regional',
  'auditeur',
] as const;

/** What somebody is in a tumour board: the profiles of those who sit there (contract §7, rule 15), or a guest of one session. */
export const RCP_ROLES = [
  'medecin_rcp',
  'responsable_rcp',
  'secretaire_rcp',
  'coordinateur_3c',
  'invite',
] as const;

/** Profiles that administer or audit: who holds one is touched only by who could have given it. */
export const PRIVILEGED_PROFILES: readonly string[] = [
  'administrateur_local',
  'administrateur_3c',
  'administrateur_regional',
  'auditeur',
];

/** What administration is asked about, and the acts on each (contract §7, "the administration's own"). */
export const ADMINISTRATION = {
  account: ['read', 'create', 'update', 'open', 'suspend', 'close', 'reset', 'end_sessions'],
  account_request: ['read', 'decide', 'ask'],
  membership: ['read', 'give', 'attach', 'remove'],
  organisation: ['read', 'create', 'update'],
  network: ['read', 'create', 'update'],
  application_settings: ['read', 'create', 'update', 'rotate_secret'],
  policy: ['read', 'test', 'reload'],
  decision: ['read', 'read_record'],
  review: ['read', 'launch', 'decide'],
  audit: ['read', 'export'],
  terms: ['read', 'publish'],
  means: ['read', 'update'],
  mail_template: ['read', 'update'],
  rcp_session: ['read'],
  emergency: ['read', 'review'],
  delivery: ['read', 'retry', 'subscribe'],
} as const;

export type AdministrationType = keyof typeof ADMINISTRATION;

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  patient_record: RECORD_ACTIONS,
  document_area: DOCUMENT_ACTIONS,
  application: APPLICATION_ACTIONS,
  ...ADMINISTRATION,
};

/** The actions on a type of resource; none on one that nobody knows. */
export const actionsOf = (type: string): readonly string[] =>
  Object.hasOwn(ACTIONS, type) ? (ACTIONS[type] ?? []) : [];

/**
 * What policy rows may name: per resource type whose access depends on the profile, its actions and, in the same
 * column, the purposes that a profile must open.
 */
export const POLICY_VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  patient_record: [...RECORD_ACTIONS, 'bris_de_glace', 'centre_15'],
  ...ADMINISTRATION,
};

export const REASON_CODES = [
  'permitted_create',
  'permitted_creator',
  'permitted_party',
  'permitted_party_organisation',
  'permitted_care_team',
  'permitted_rcp',
  'permitted_break_glass',
  'permitted_centre_15',
  'permitted_document',
  'permitted_application',
  'permitted_administration',
  'resource_type_unknown',
  'action_unknown',
  'purpose_unknown',
  'network_unknown',
  'application_unknown',
  'account_unknown',
  'account_inactive',
  'session_ended',
  'acr_too_low',
  'not_in_network',
  'application_not_chosen',
  'profile_lacks_action',
  'break_glass_not_allowed',
  'break_glass_reason_missing',
  'centre_15_not_allowed',
  'delegation_missing',
  'delegator_not_permitted',
  'patient_opposed',
  'patient_opposed_emergency',
  'patient_not_informed',
  'consent_missing',
  'consent_withdrawn',
  'consent_expired',
  'not_in_care_team',
  'outside_branch',
  'own_rights',
  'privileged_account',
  'profile_not_givable',
  'last_administrator',
  'authentication_too_old',
  'engine_error',
] as const;

/**
 * What has a sentence in `reasons.csv`: every reason, and a permit that somebody received on behalf of another. That one
 * is no reason (`reason_code` is the ground of the account on whose behalf it is), but that ground's sentence speaks to
 * the wrong person.
 */
export const SENTENCE_CODES = [...REASON_CODES, 'permitted_on_behalf'] as const;

export type RecordAction = (typeof RECORD_ACTIONS)[number];
export type Purpose = (typeof PURPOSES)[number];
export type Regime = (typeof REGIMES)[number];
export type ReasonCode = (typeof REASON_CODES)[number];
export type SentenceCode = (typeof SENTENCE_CODES)[number];

/**
 * SECURITY: refusals that depend on a patient (rules 8, 12, 13 and 16) say one and the same sentence to the person,
 * so that nobody learns whether a patient exists.
 */
export const SILENT_CODES: readonly ReasonCode[] = [
  'patient_opposed',
  'patient_opposed_emergency',
  'patient_not_informed',
  'consent_missing',
  'consent_withdrawn',
  'consent_expired',
  'not_in_care_team',
];
