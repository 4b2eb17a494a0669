import { AppError } from '#kernel/index.ts';

/** The answer to a cursor that is none of ours. */
export function badCursor(): AppError {
  return new AppError({
    code: 'audit.bad_cursor',
    status: 400,
    publicMessage: 'Cette page de la liste n’existe pas.',
    hint: 'Revenez au début de la liste.',
  });
}
