import type { RequestState, StepKind } from '#enrolment/index.ts';

/** The states of a request, for those who treat it. */
export const STATES: Readonly<Record<RequestState, string>> = {
  draft: 'En préparation',
  to_confirm: 'À confirmer par la personne',
  received: 'À traiter',
  asked: 'En attente de la personne',
  second_needed: 'En attente d’un second accord',
  accepted: 'Acceptée, compte en cours d’ouverture',
  opened: 'Compte ouvert',
  refused: 'Refusée',
  withdrawn: 'Retirée par la personne',
};

/** The lines of its history. */
export const STEPS: Readonly<Record<StepKind, string>> = {
  note: 'Note interne',
  form_added: 'Formulaire d’habilitation ajouté',
  asked: 'Question posée',
  corrected: 'Informations corrigées',
  transferred: 'Demande transmise',
  reminded: 'Rappel envoyé aux administrateurs',
  escalated: 'Demande confiée à la région',
  part_agreed: 'Accord d’un réseau',
  part_refused: 'Refus d’un réseau',
  proposed: 'Premier accord donné',
  accepted: 'Demande acceptée',
  refused: 'Demande refusée',
  given_back: 'Ouverture impossible, demande à revoir',
  opened: 'Compte ouvert',
};

/** Why a request may be refused; the person reads the sentence. */
export const REFUSAL_REASONS = {
  incomplete: 'Le dossier est incomplet ou illisible.',
  identity: 'Votre identité n’a pas pu être vérifiée.',
  workplace: 'L’établissement indiqué ne vous connaît pas.',
  not_concerned: 'Votre activité ne relève pas des réseaux demandés.',
  duplicate:
    'Vous avez déjà un compte : la page de connexion vous aide à retrouver votre identifiant ou votre mot de passe.',
  other: 'Votre demande ne peut pas être acceptée.',
} as const;

export type RefusalReason = keyof typeof REFUSAL_REASONS;
