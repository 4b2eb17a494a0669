import type { Sentence } from '../../method.ts';

/** Why the card host, or the way back from it, refuses before or after the card itself is judged. */
export type HostRefusal =
  'card.not_presented' | 'card.changed' | 'card.address_ended' | 'card.ticket_ended' | 'card.unknown_person';

export const hostSentences: Readonly<Record<HostRefusal, Sentence>> = {
  'card.not_presented': {
    message: 'Le navigateur n’a présenté aucune carte.',
    hint: 'Insérez votre carte dans le lecteur, fermez toutes les fenêtres du navigateur, puis recommencez : il vous demandera quel certificat utiliser, puis votre code porteur.',
  },
  'card.changed': {
    message: 'La carte présentée n’est plus celle qui a été lue d’abord.',
    hint: 'Vérifiez que la carte du lecteur est la vôtre, puis relisez-la.',
  },
  'card.address_ended': {
    message: 'Cette page de lecture de carte n’est plus valable.',
    hint: 'Elle sert une fois et pendant cinq minutes. Retournez à l’application et recommencez la connexion.',
  },
  'card.ticket_ended': {
    message: 'La lecture de votre carte n’a pas pu être reprise ici.',
    hint: 'Elle sert une fois, pendant une minute, dans le navigateur où la connexion a commencé. Présentez votre carte à nouveau.',
  },
  'card.unknown_person': {
    message: 'Votre carte est valable, mais aucun compte ne porte son identifiant national.',
  },
};
