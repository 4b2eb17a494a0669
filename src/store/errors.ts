import { AppError } from '#kernel/index.ts';

/** `store.conflict` (409): a live document already has that id or unique key. */
export function conflict(detail: string): AppError {
  return new AppError({
    code: 'store.conflict',
    status: 409,
    publicMessage: 'Cet élément existe déjà.',
    detail,
  });
}

/** `store.busy` (503): the document changed under every attempt. */
export function busy(detail: string): AppError {
  return new AppError({
    code: 'store.busy',
    status: 503,
    publicMessage: 'Le service est très sollicité.',
    hint: 'Réessayez dans un instant.',
    detail,
    retryAfterSeconds: 1,
  });
}

/** `store.unavailable` (503): the write was not acknowledged, or the read could not be done. */
export function unavailable(detail: string, cause?: unknown): AppError {
  return new AppError({
    code: 'store.unavailable',
    status: 503,
    publicMessage: 'Le service est momentanément indisponible.',
    hint: 'Réessayez dans quelques minutes.',
    detail,
    retryAfterSeconds: 5,
    cause,
  });
}

/** `store.bad_query` (400): an unknown index, a limit out of bounds or a cursor that is not ours. */
export function badQuery(detail: string): AppError {
  return new AppError({
    code: 'store.bad_query',
    status: 400,
    publicMessage: 'Cette recherche n’est pas valable.',
    detail,
  });
}
