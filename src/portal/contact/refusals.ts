import { lockedRefusal } from '../locked.ts';

/** Why a change was not made, as the page says it. */
export interface ContactRefusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
}

const SENTENCES: Readonly<Record<string, readonly [message: string, hint?: string]>> = {
  'portal.email_invalid': ['Donnez une adresse complète, comme prenom.nom@exemple.fr.'],
  'portal.phone_invalid': ['Écrivez un numéro tel que 06 12 34 56 78 ou +33 6 12 34 56 78.'],
  'portal.phone_unreached': ['Ce numéro ne peut pas recevoir nos SMS.', 'Donnez un numéro de mobile.'],
  'portal.contact_same': ['C’est déjà ce que nous connaissons.'],
  'portal.contact_taken': [
    'Un autre compte a déjà ces coordonnées.',
    'Deux personnes ne peuvent pas les partager : elles servent à vous reconnaître. Adressez-vous au support.',
  ],
  'signin.code_missing': ['Saisissez le code reçu.'],
  'signin.code_wrong': ['Ce code n’est pas le bon.', 'Recopiez celui du message le plus récent.'],
  'signin.code_expired': ['Ce code n’est plus valable.', 'Recommencez pour en recevoir un autre.'],
  'signin.code_exhausted': ['Ce code a été refusé trop de fois.', 'Recommencez pour en recevoir un autre.'],
  'signin.too_many_codes': ['Trop de codes ont été demandés.', 'Réessayez dans une heure, ou demain.'],
};

/** The refusal of a code of ours, of sign-in, or of the guard. */
export function contactRefusal(code: string, retryAfterSeconds?: number): ContactRefusal {
  if (retryAfterSeconds !== undefined) return lockedRefusal(code, retryAfterSeconds);
  const [message = 'Cette demande n’a pas pu être traitée.', hint] = SENTENCES[code] ?? [];
  return { code, message, ...(hint !== undefined && { hint }) };
}
