/** What a page says to whom the guard lets wait. */
export interface LockedRefusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly hint: string;
  readonly retryAfterSeconds: number;
}

/** The refusal of the guard, in the words of the page; `what`: « ce changement », « cet ajout ». */
export function lockedRefusal(
  code: string,
  retryAfterSeconds: number,
  what = 'ce changement',
): LockedRefusal {
  const minutes = Math.max(1, Math.ceil(retryAfterSeconds / 60));
  return {
    code,
    status: 429,
    message: `Trop de tentatives. Pour votre sécurité, ${what} est bloqué temporairement.`,
    hint: `Réessayez dans ${minutes} minute${minutes > 1 ? 's' : ''}.`,
    retryAfterSeconds,
  };
}
