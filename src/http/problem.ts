import { AppError, isAppError, type FieldError } from '#kernel/index.ts';

/** SPEC: RFC 9457, with our stable `code`. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  /** The request's reference, as the log has it. */
  readonly instance: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly errors?: readonly FieldError[];
}

/** Koa's own refusals by status, in our words; anything else is unexpected and says nothing. */
const BY_STATUS: Readonly<Record<number, { readonly code: string; readonly sentence: string }>> = {
  400: { code: 'http.bad_request', sentence: 'La requête n’est pas lisible.' },
  404: { code: 'http.not_found', sentence: 'Cette page n’existe pas.' },
  405: { code: 'http.method_not_allowed', sentence: 'Cette action n’est pas possible à cette adresse.' },
};

/** Any thrown value as an `AppError`: expected ones as they are, the rest as `http.unexpected` (500). */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const { status, expose } = (error ?? {}) as { status?: number; expose?: boolean };
  const known = expose === true && status !== undefined ? BY_STATUS[status] : undefined;
  if (known && status !== undefined) {
    return new AppError({ code: known.code, status, publicMessage: known.sentence, cause: error });
  }
  return new AppError({
    code: 'http.unexpected',
    status: 500,
    publicMessage: 'Une erreur est survenue de notre côté.',
    hint: 'Réessayez dans un instant. Si cela dure, donnez la référence ci-dessous au support.',
    cause: error,
  });
}

export function statusError(status: 404 | 405): AppError {
  const known = BY_STATUS[status];
  return new AppError({
    code: known?.code ?? 'http.not_found',
    status,
    publicMessage: known?.sentence ?? '',
    ...(status === 404 ? { hint: 'Vérifiez l’adresse, ou revenez à l’accueil.' } : {}),
  });
}

export function toProblem(error: AppError, requestId: string): Problem {
  return {
    type: 'about:blank',
    title: error.publicMessage,
    status: error.status,
    code: error.code,
    ...(error.hint === undefined ? {} : { detail: error.hint }),
    instance: `urn:trousseau:request:${requestId}`,
    ...(error.fields === undefined ? {} : { fields: error.fields }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}
