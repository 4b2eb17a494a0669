import { isAppError } from '#kernel/index.ts';
import type { Refusal } from './step.ts';

/** French sentences by code. Nothing here tells whether an account exists. */
const SENTENCES: Readonly<Record<string, string>> = {
  'signin.credentials_refused': 'Identifiant ou mot de passe incorrect.',
  'signin.login_missing': 'Saisissez votre identifiant, par exemple « claire.dupont ».',
  'signin.password_missing': 'Saisissez votre mot de passe.',
  'signin.locked': 'Trop de tentatives. Pour votre sécurité, la connexion est bloquée temporairement.',
  'signin.code_missing': 'Saisissez le code reçu.',
  'signin.code_malformed': 'Recopiez le code en entier : il n’a que des chiffres.',
  'signin.resend_too_soon': 'Un code vient d’être envoyé.',
  'signin.code_wrong': 'Ce code n’est pas le bon.',
  'signin.code_exhausted': 'Ce code a été refusé trop de fois : il n’est plus valable. Demandez-en un autre.',
  'signin.code_expired': 'Ce code n’est plus valable. Demandez-en un autre.',
  'signin.too_many_codes': 'Trop de codes ont été demandés par ce moyen.',
  'signin.sending_fails':
    'L’envoi des codes par ce moyen est en panne en ce moment. Choisissez un autre moyen si vous en avez un, ou patientez : votre code partira dès la reprise, tant qu’il est valable.',
  'notify.sms_off': 'L’envoi de SMS est momentanément indisponible.',
  'signin.method_unavailable': 'Ce moyen de connexion n’est pas disponible ici.',
  'signin.another_person':
    'Ce moyen de connexion est celui d’une autre personne que celle qui est connectée.',
  'signin.account_inactive':
    'Votre compte n’est pas ouvert : il est suspendu ou fermé. Adressez-vous à votre administrateur.',
  'signin.passwords_differ': 'Les deux saisies du nouveau mot de passe sont différentes.',
  'signin.password_refused': 'Ce mot de passe ne convient pas.',
  'signin.terms_not_accepted': 'Pour continuer, cochez la case qui indique que vous acceptez le règlement.',
  'signin.situation_missing': 'Choisissez la structure dans laquelle vous exercez pour cette session.',
  'signin.mobile_invalid': 'Écrivez un numéro tel que 06 12 34 56 78 ou +33 6 12 34 56 78.',
  'signin.mobile_unreached': 'Ce numéro ne peut pas recevoir nos SMS. Donnez un numéro de mobile.',
  'signin.mobile_taken':
    'Ce numéro est déjà celui d’un autre compte : deux personnes ne peuvent pas le partager. Donnez-en un autre, ou continuez sans et prévenez votre administrateur.',
  'signin.form_outdated': 'Cette page n’était plus à jour. Voici l’étape en cours.',
};

/** The alert of a refused form, as the views show it. */
export interface Alert {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export function alertOf(refusal: Refusal): Alert {
  const own = refusal.sentence;
  const message = own?.message ?? SENTENCES[refusal.code] ?? 'Cette demande n’a pas pu être traitée.';
  if (refusal.retryAfterSeconds !== undefined) {
    const minutes = Math.max(1, Math.ceil(refusal.retryAfterSeconds / 60));
    const hint = `Réessayez dans ${minutes} minute${minutes > 1 ? 's' : ''}.`;
    return { code: refusal.code, message, hint };
  }
  if (refusal.waitSeconds !== undefined) {
    const hint = `Vous pourrez en demander un autre dans ${refusal.waitSeconds}\u00a0s.`;
    return { code: refusal.code, message, hint };
  }
  if (refusal.triesLeft !== undefined) {
    const plural = refusal.triesLeft > 1 ? 's' : '';
    return { code: refusal.code, message, hint: `Il reste ${refusal.triesLeft} essai${plural}.` };
  }
  return { code: refusal.code, message, ...(own?.hint === undefined ? {} : { hint: own.hint }) };
}

/** A temporary failure (503) that the step can show in place, so that nothing typed is lost; `null` for anything else. */
export function temporaryRefusal(error: unknown): (Refusal & { readonly alert: Alert }) | null {
  if (!isAppError(error) || error.status !== 503) return null;
  const { code, publicMessage, hint, retryAfterSeconds } = error;
  return {
    code,
    status: 503,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    alert: { code, message: publicMessage, ...(hint === undefined ? {} : { hint }) },
  };
}
