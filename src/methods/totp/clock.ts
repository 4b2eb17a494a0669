import type { Sentence } from '../method.ts';

/** What somebody is told whose device does not know what time it is. Positive: it is ahead. */
export function clockSentence(skewSeconds: number): Sentence {
  const late = skewSeconds < 0 ? 'retarde' : 'avance';
  const seconds = Math.abs(skewSeconds);
  const minutes = Math.round(seconds / 60);
  const much = seconds < 90 ? `${seconds} secondes` : `${minutes} minutes`;
  return {
    message: `Ce code est celui d’un autre moment : l’horloge de votre appareil ${late} d’environ ${much}.`,
    hint: 'Réglez votre téléphone sur l’heure automatique, attendez un nouveau code et saisissez-le. Une calculette ne se règle pas : demandez au support d’en donner une autre.',
  };
}
