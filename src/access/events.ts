import { defineEvent, type EventType } from '#audit/index.ts';

/** SECURITY: patients stand in these events by their opaque key only; reasons and documents, free texts, do not. */

export const decisionMade = defineEvent('access.decision.made', {
  category: 'access',
  title: 'Décision d’accès',
  data: [
    'decision',
    'resourceType',
    'resource',
    'action',
    'purpose',
    'network',
    'code',
    'rule',
    'policy',
    'simulatedAt',
    'until',
  ],
});

/** One page of a search. `count`: how many answers it held, which are not written. */
export const searchMade = defineEvent('access.search.made', {
  category: 'access',
  title: 'Recherche de droits d’accès',
  data: ['kind', 'resourceType', 'resource', 'action', 'network', 'count', 'simulatedAt'],
});

/**
 * What concerns no patient, or was only asked for a list or an explanation: equal ones are one line a minute.
 * `isPreview`: nothing was opened.
 */
export const checksCounted = defineEvent('access.checks.counted', {
  category: 'technical',
  title: 'Contrôles techniques d’accès',
  data: ['resourceType', 'action', 'network', 'code', 'policy', 'isPreview', 'count', 'since'],
});

/** `more`: how many equal ones followed within the minute; absent for the first. */
export const callRefused = defineEvent('access.call.refused', {
  category: 'access',
  title: 'Appel de service refusé',
  data: ['code', 'status', 'more'],
});

/** An alarm: the engine failed, and refused. */
export const engineFailed = defineEvent('access.engine.failed', {
  category: 'technical',
  title: 'Erreur du moteur de décision',
  data: ['decision', 'error'],
});

/** An alarm: casbin itself, asked once more, answered otherwise than the compiled engine; casbin answers from then on. */
export const engineDiffered = defineEvent('access.engine.differed', {
  category: 'technical',
  title: 'Le moteur de décision compilé et casbin ne s’accordent pas',
  data: ['policy', 'found', 'expected'],
});

const act = (type: string, title: string) =>
  defineEvent(type, {
    category: 'access',
    title,
    data: ['network', 'method', 'collectedAt', 'target', 'from', 'to', 'emergency', 'entry', 'notice'],
  });

export const informationRecorded = act('access.information.recorded', 'Patient informé');
export const consentGiven = act('access.consent.given', 'Consentement recueilli');
export const consentWithdrawn = act('access.consent.withdrawn', 'Consentement retiré');
export const creatorNamed = act('access.creator.named', 'Créateur du dossier désigné');
export const partyAuthorised = act('access.party.authorised', 'Accès autorisé par le patient');
export const partyWithdrawn = act('access.party.withdrawn', 'Autorisation retirée par le patient');
export const careTeamJoined = act('access.care_team.joined', 'Entrée dans l’équipe de soins');
export const careTeamLeft = act('access.care_team.left', 'Sortie de l’équipe de soins');
export const oppositionMade = act('access.opposition.made', 'Opposition du patient');
export const oppositionLifted = act('access.opposition.lifted', 'Opposition levée');

export const noticePublished = defineEvent('access.notice.published', {
  category: 'administration',
  title: 'Version de la notice d’information publiée',
  data: ['network', 'version', 'textSha256', 'from'],
});

export const recordRead = defineEvent('access.record.read', {
  category: 'access',
  title: 'Consentements consultés',
  data: ['network'],
});

/** `changes`: the names of the fields. */
export const recordImported = defineEvent('access.record.imported', {
  category: 'access',
  title: 'Consentements repris d’un fichier',
  data: ['network', 'result', 'changes'],
});

export const consentsImported = defineEvent('access.consents.imported', {
  category: 'access',
  title: 'Fichier de consentements importé',
  data: ['added', 'changed', 'same', 'refused'],
});

export const consentsExported = defineEvent('access.consents.exported', {
  category: 'access',
  title: 'Consentements exportés',
  data: ['network'],
});

export const rcpSessionSaved = defineEvent('access.rcp_session.saved', {
  category: 'access',
  title: 'Séance de RCP enregistrée',
  data: [
    'session',
    'network',
    'from',
    'to',
    'patients',
    'participants',
    'registrants',
    'method',
    'collectedAt',
  ],
});

export const rcpSessionRemoved = defineEvent('access.rcp_session.removed', {
  category: 'access',
  title: 'Séance de RCP retirée',
  data: ['session', 'network', 'method', 'collectedAt'],
});

export const patientKeyMade = defineEvent('access.patient_key.made', {
  category: 'access',
  title: 'Clé de patient calculée',
  data: ['from'],
});

export const patientKeySecretRotated = defineEvent('access.patient_key_secret.rotated', {
  category: 'technical',
  title: 'Secret des clés de patient renouvelé',
  data: ['version'],
});

/** `waiting`: how many keys made with it had not been met again. */
export const patientKeySecretRetired = defineEvent('access.patient_key_secret.retired', {
  category: 'technical',
  title: 'Ancien secret des clés de patient retiré',
  data: ['version', 'waiting'],
});

export const patientKeysLinked = defineEvent('access.patient_keys.linked', {
  category: 'access',
  title: 'Clés d’un même patient réunies',
  data: ['network', 'linkedKey', 'method', 'collectedAt'],
});

export const accessEvents: readonly EventType[] = [
  decisionMade,
  checksCounted,
  searchMade,
  callRefused,
  engineFailed,
  engineDiffered,
  informationRecorded,
  consentGiven,
  consentWithdrawn,
  creatorNamed,
  partyAuthorised,
  partyWithdrawn,
  careTeamJoined,
  careTeamLeft,
  oppositionMade,
  oppositionLifted,
  noticePublished,
  recordRead,
  recordImported,
  consentsImported,
  consentsExported,
  rcpSessionSaved,
  rcpSessionRemoved,
  patientKeyMade,
  patientKeySecretRotated,
  patientKeySecretRetired,
  patientKeysLinked,
];
