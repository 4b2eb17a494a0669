import type { LEVEL_KEYS, Network, RcpRegistration, Regime } from '#directory/index.ts';
import { ACR } from '#kernel/index.ts';

/* What pages say of regimes and of levels. */

export const REGIME_LABELS: Readonly<Record<Network['regime'], string>> = {
  consentement: 'Consentement du patient',
  information_opposition: 'Information du patient, et opposition possible',
};

/** Who may enter a patient in an RCP besides those whose profile always allows it; `''`: nobody. */
export const RCP_REGISTRATION_LABELS: Readonly<Record<RcpRegistration | '', string>> = {
  '': 'Les profils de RCP et de coordination seulement',
  utilisateurs: 'Aussi tous les utilisateurs de la cancérologie',
  ouvert_par_3c: 'Aussi ceux que le 3C a inscrits pour la séance',
};

/** What a level is asked for, in the order of the forms; `ofService`: the level without a choice (contract §7, rule 5). */
export const LEVELS: Readonly<
  Record<(typeof LEVEL_KEYS)[number], { readonly label: string; readonly ofService: string }>
> = {
  read: { label: 'Lire un dossier', ofService: ACR.code },
  create: { label: 'Créer un dossier', ofService: ACR.code },
  write: { label: 'Écrire dans un dossier', ofService: ACR.code },
  share: { label: 'Désigner qui peut ouvrir un dossier', ofService: ACR.code },
  rcp_register: { label: 'Inscrire à une RCP', ofService: ACR.code },
  bris_de_glace: { label: 'Bris de glace', ofService: ACR.mfa },
  centre_15: { label: 'Centre 15', ofService: ACR.mfa },
};

/** Names of the ladder, as the choices of a form say them. */
export const ACR_WORDS: Readonly<Record<string, string>> = {
  [ACR.pwd]: 'Niveau 1 : mot de passe',
  [ACR.code]: 'Niveau 2 : code reçu',
  [ACR.mfa]: 'Niveau 3 : deux facteurs',
  [ACR.card]: 'Niveau 4 : carte professionnelle',
};

/** What a change of regime does to every record of the network at once (contract §7, rules 12 to 16). */
export const REGIME_EFFECTS: Readonly<Record<Regime, readonly string[]>> = {
  consentement: [
    'Un dossier ne s’ouvre plus qu’avec le consentement enregistré du patient : les dossiers qui n’en ont pas se ferment aussitôt, même pour ceux qui les ont créés. Le bris de glace et le centre 15 restent possibles.',
    'L’équipe de soins ne donne plus accès : seuls comptent les personnes et les établissements que le patient a désignés, le créateur du dossier et les séances de RCP.',
  ],
  information_opposition: [
    'Le consentement n’est plus demandé : un dossier s’ouvre dès que le patient est informé, à moins qu’il ne s’y oppose.',
    'Un consentement retiré ne ferme plus le dossier : seules les oppositions le ferment.',
    'L’équipe de soins enregistrée donne accès.',
  ],
};
