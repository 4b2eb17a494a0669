import type { Sentence } from '../method.ts';

const AGAIN = 'Recommencez ; si le refus persiste, choisissez un autre moyen et contactez le support.';
const UNSUPPORTED =
  'Votre navigateur n’a pas présenté de clé d’accès. Elles demandent JavaScript et un navigateur à jour.';

/** What a passkey is refused for, at sign-in or when it is added. */
export type PasskeyRefusal =
  | 'passkey.challenge'
  | 'passkey.origin'
  | 'passkey.unverified'
  | 'passkey.unknown'
  | 'passkey.another'
  | 'passkey.counter'
  | 'passkey.backup'
  | 'passkey.refused'
  | 'passkey.attestation'
  | 'passkey.duplicate';

/** What pages say of each refusal. */
export const passkeySentences: Readonly<
  Record<PasskeyRefusal | 'signin.passkey_missing' | 'signin.passkey_malformed', Sentence>
> = {
  'signin.passkey_missing': {
    message: 'Aucune clé d’accès n’a été présentée.',
    hint: `${UNSUPPORTED} Sur ce poste, choisissez un autre moyen.`,
  },
  'signin.passkey_malformed': { message: 'La réponse de votre clé d’accès est illisible.', hint: AGAIN },
  'passkey.challenge': {
    message: 'Cette demande a expiré, ou elle a déjà servi.',
    hint: 'Recommencez : une nouvelle demande vient d’être préparée.',
  },
  'passkey.origin': {
    message: 'Cette réponse a été faite pour un autre site.',
    hint: 'Vérifiez l’adresse affichée par votre navigateur, et signalez-la au support si ce n’est pas la nôtre.',
  },
  'passkey.unverified': {
    message: 'Votre appareil n’a pas vérifié que c’était bien vous.',
    hint: 'Activez son code PIN, son empreinte ou la reconnaissance du visage, puis recommencez.',
  },
  'passkey.unknown': {
    message: 'Cette clé d’accès n’ouvre aucun compte ici.',
    hint: 'Elle a peut-être été retirée, ou ne compte pas encore. Choisissez-en une autre, ou un autre moyen.',
  },
  'passkey.another': {
    message: 'Cette clé d’accès est celle d’un autre compte.',
    hint: 'Choisissez la vôtre, ou déconnectez-vous d’abord.',
  },
  'passkey.counter': {
    message: 'Cette clé d’accès a peut-être été copiée : son compteur est revenu en arrière.',
    hint: 'Connectez-vous par un autre moyen, retirez-la de « Mon compte » et prévenez le support.',
  },
  'passkey.backup': {
    message:
      'Cette clé d’accès n’est plus celle qui a été ajoutée : elle peut désormais quitter son appareil.',
    hint: 'Connectez-vous par un autre moyen, retirez-la de « Mon compte » et ajoutez-la de nouveau.',
  },
  'passkey.refused': { message: 'Cette clé d’accès a été refusée.', hint: AGAIN },
  'passkey.attestation': {
    message: 'Votre appareil a joint un certificat que nous n’avions pas demandé.',
    hint: 'Mettez à jour votre navigateur, ou ajoutez la clé depuis un autre.',
  },
  'passkey.duplicate': {
    message: 'Cette clé d’accès est déjà enregistrée.',
    hint: 'Elle est dans la liste de vos moyens de connexion : il n’y a rien de plus à faire.',
  },
};
