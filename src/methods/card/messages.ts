import type { Sentence } from '../method.ts';
import type { CardRefusal } from './acceptance.ts';
import type { AnchorProblem } from './anchors.ts';

/** What revocation answers when a card may not open anything (`revocation/`). */
export type RevocationRefusal = 'card.revoked' | 'card.revocation_unknown';

const OTHER_MEANS = 'Vous pouvez vous connecter par un autre moyen.';
const ASK_ISSUER = 'Contactez l’Agence du numérique en santé, qui délivre les cartes.';
const READ_AGAIN =
  'Retirez la carte, insérez-la de nouveau et réessayez. Si le refus persiste, contactez le support.';

/** What pages say of each refusal: what is wrong with the card, and what its holder can do. */
export const cardSentences: Readonly<Record<CardRefusal | RevocationRefusal, Sentence>> = {
  'card.unreadable': { message: 'Le certificat de votre carte n’a pas pu être lu.', hint: READ_AGAIN },
  'card.unknown_issuer': {
    message: 'Ce certificat n’a pas été délivré par une autorité reconnue par ce service.',
    hint: 'Choisissez le certificat d’authentification de votre carte CPS ou CPE dans la fenêtre du navigateur.',
  },
  'card.old_issuer': {
    message: 'Cette carte est d’une ancienne génération (GIP-CPS), qui n’est plus acceptée.',
    hint: `Demandez une carte de l’IGC-Santé. ${OTHER_MEANS}`,
  },
  'card.forged': {
    message:
      'La signature de ce certificat est fausse : il n’a pas été délivré par l’autorité dont il porte le nom.',
    hint: 'Signalez ce refus au support.',
  },
  'card.authority_not_valid': {
    message: 'Le certificat de l’autorité qui a délivré votre carte n’est pas en cours de validité.',
    hint: `Votre carte n’est pas en cause : prévenez le support. ${OTHER_MEANS}`,
  },
  'card.weak_signature': {
    message: 'Le chiffrement de cette carte est trop faible pour être accepté.',
    hint: `Demandez le renouvellement de votre carte. ${OTHER_MEANS}`,
  },
  'card.unknown_extension': {
    message: 'Le certificat de cette carte contient une condition que ce service ne sait pas vérifier.',
    hint: `Prévenez le support. ${OTHER_MEANS}`,
  },
  'card.test_card': {
    message: 'Cette carte est une carte de test.',
    hint: 'Utilisez la carte qui vous a été délivrée pour votre exercice.',
  },
  'card.no_category': {
    message: 'Rien n’indique que ce certificat est celui d’une carte.',
    hint: 'Choisissez le certificat d’authentification de votre carte CPS ou CPE dans la fenêtre du navigateur.',
  },
  'card.software_certificate': {
    message:
      'Ce certificat est un certificat logiciel, enregistré sur un ordinateur : il ne remplace pas une carte.',
    hint: 'Insérez votre carte et choisissez son certificat dans la fenêtre du navigateur.',
  },
  'card.module_certificate': {
    message: 'Ce certificat est celui d’un module de sécurité, et non d’une carte.',
    hint: 'Insérez votre carte et choisissez son certificat dans la fenêtre du navigateur.',
  },
  'card.service_card': {
    message: 'Cette carte est une carte de service : elle n’est pas nominative.',
    hint: 'Connectez-vous avec une carte à votre nom.',
  },
  'card.signature_certificate': {
    message: 'Le certificat choisi est le certificat de signature de votre carte.',
    hint: 'Fermez le navigateur, revenez à cette page et choisissez le certificat d’authentification.',
  },
  'card.wrong_key_usage': {
    message: 'Ce certificat n’est pas destiné à l’authentification.',
    hint: 'Choisissez le certificat d’authentification de votre carte dans la fenêtre du navigateur.',
  },
  'card.wrong_extended_key_usage': {
    message: 'Ce certificat n’est pas destiné à ouvrir une session par carte.',
    hint: 'Choisissez le certificat d’authentification de votre carte dans la fenêtre du navigateur.',
  },
  'card.wrong_type': {
    message: 'Ce type de carte n’est pas accepté.',
    hint: 'Les cartes CPS, CPF, CPE, CDE, CDA et CPA sont acceptées.',
  },
  'card.national_id_ended': {
    message: 'L’identifiant national inscrit dans cette carte est d’une forme qui n’est plus délivrée.',
    hint: ASK_ISSUER,
  },
  'card.no_national_id': {
    message: 'L’identifiant national inscrit dans cette carte n’est pas valable.',
    hint: ASK_ISSUER,
  },
  'card.upn_mismatch': {
    message: 'Les identifiants inscrits dans cette carte se contredisent.',
    hint: ASK_ISSUER,
  },
  'card.no_name': {
    message: 'Cette carte ne donne pas le nom et le prénom de son titulaire.',
    hint: ASK_ISSUER,
  },
  'card.not_yet_valid': {
    message: 'Cette carte n’est pas encore valable.',
    hint: `Réessayez à partir de sa date de début de validité. ${OTHER_MEANS}`,
  },
  'card.expired': {
    message: 'Cette carte a expiré.',
    hint: `Utilisez votre nouvelle carte, ou demandez son renouvellement. ${OTHER_MEANS}`,
  },
  'card.revoked': {
    message: 'Cette carte est opposée : elle a été déclarée perdue, volée ou hors d’usage.',
    hint: `Utilisez votre nouvelle carte. Si vous n’avez pas demandé l’opposition, prévenez le support. ${OTHER_MEANS}`,
  },
  'card.revocation_unknown': {
    message: 'Le service ne peut pas vérifier en ce moment que votre carte n’est pas opposée.',
    hint: `Votre carte n’est pas en cause. ${OTHER_MEANS}`,
  },
};

/** What an operator reads of the configured authorities, in the configuration's report. */
export const anchorExpectations: Readonly<Record<AnchorProblem, string>> = {
  none: 'a PEM bundle of certificates',
  unreadable: 'certificates that can be read',
  test_in_production: 'no test authority in production',
  no_card_issuer:
    'roots, and authorities named `AC IGC-SANTE FORT PERSONNES` or `AC IGC-SANTE STANDARD PERSONNES`, at least one',
  no_root: 'the root of each authority, in the same bundle',
  no_authority: 'certificates of authorities only',
};
