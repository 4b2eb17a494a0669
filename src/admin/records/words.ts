import type { ReasonCode, RecordDossier } from '#access/index.ts';

/** How people read why a record is open to somebody. */
const GROUNDS: Partial<Readonly<Record<ReasonCode, string>>> = {
  permitted_creator: 'a créé le dossier',
  permitted_party: 'désigné par le patient',
  permitted_party_organisation: 'son établissement est désigné par le patient',
  permitted_care_team: 'fait partie de l’équipe de soins',
  permitted_rcp: 'participe à une RCP où le patient est inscrit',
};

export const groundWords = (reason: ReasonCode): string => GROUNDS[reason] ?? reason;

type Kind = RecordDossier['history'][number]['kind'];

const ACTS: Readonly<Record<Kind, string>> = {
  import: 'Repris d’un fichier',
  information: 'Patient informé',
  consent: 'Consentement recueilli',
  consent_withdrawal: 'Consentement retiré',
  creator: 'Créateur du dossier désigné',
  party: 'Accès autorisé',
  party_withdrawal: 'Autorisation retirée',
  care_team: 'Entrée dans l’équipe de soins',
  care_team_end: 'Sortie de l’équipe de soins',
  opposition: 'Opposition',
  opposition_end: 'Opposition levée',
};

export const actWords = (kind: Kind): string => ACTS[kind];

const METHODS: Readonly<Record<string, string>> = {
  papier: 'sur papier',
  oral: 'de vive voix',
  en_ligne: 'en ligne',
  carte_vitale: 'par carte Vitale',
};

export const methodWords = (method: string | undefined): string | null =>
  method === undefined ? null : (METHODS[method] ?? method);
