import { AppError } from '#kernel/index.ts';
import { readBody } from './body.ts';
import type { Context } from 'koa';

const MAX_FORM_BYTES = 64 * 1024;
const MAX_FIELDS = 100;
const MAX_VALUE = 4096;

/** The fields of a posted form. Names are looked up in a map, so that `__proto__` is a name like another. */
export interface Form {
  /** The first value of a field, `''` when it is absent. */
  get(name: string): string;
  has(name: string): boolean;
}

/**
 * Reads `application/x-www-form-urlencoded`. Throws `http.unsupported_type` (415), `http.too_large` (413) and
 * `http.malformed_form` (400) for NUL, too many or overlong fields. Does not verify the CSRF token.
 */
export async function parseForm(ctx: Context): Promise<Form> {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    throw new AppError({
      code: 'http.unsupported_type',
      status: 415,
      publicMessage: 'Ce formulaire a été envoyé dans un format inattendu.',
    });
  }
  const params = new URLSearchParams(await readBody(ctx, MAX_FORM_BYTES));
  const fields = new Map<string, string>();
  let count = 0;
  for (const [name, value] of params) {
    count += 1;
    if (count > MAX_FIELDS || name.length > 100 || value.length > MAX_VALUE || value.includes('\0')) {
      throw malformedForm();
    }
    if (!fields.has(name)) fields.set(name, value);
  }
  return { get: name => fields.get(name) ?? '', has: name => fields.has(name) };
}

function malformedForm(): AppError {
  return new AppError({
    code: 'http.malformed_form',
    status: 400,
    publicMessage: 'Ce formulaire contient une valeur trop longue ou illisible.',
    hint: 'Revenez en arrière, raccourcissez votre saisie puis recommencez.',
  });
}
