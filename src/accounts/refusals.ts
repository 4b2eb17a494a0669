import { AppError } from '#kernel/index.ts';

export function invalid(noun: 'login_invalid' | 'hash_invalid'): AppError {
  const publicMessage =
    noun === 'login_invalid'
      ? 'Cet identifiant n’est pas valable : de 1 à 64 lettres, chiffres, points ou tirets.'
      : 'L’empreinte du mot de passe n’est pas au format argon2id attendu.';
  return new AppError({ code: `accounts.${noun}`, status: 400, publicMessage });
}

export function unknown(): AppError {
  return new AppError({
    code: 'accounts.account_unknown',
    status: 404,
    publicMessage: 'Ce compte n’existe pas.',
  });
}

export function changedMeanwhile(): AppError {
  return new AppError({
    code: 'accounts.password_changed_meanwhile',
    status: 409,
    publicMessage: 'Le mot de passe vient d’être changé par ailleurs.',
    hint: 'Connectez-vous avec le nouveau mot de passe.',
  });
}
