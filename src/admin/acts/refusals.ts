import type { Decision } from '#access/index.ts';
import { AppError } from '#kernel/index.ts';
import type { z } from 'zod';

/** What does not exist and what lies in another branch: one and the same answer. */
export function notFound(): AppError {
  return new AppError({
    code: 'admin.not_found',
    status: 404,
    publicMessage: 'Cet élément n’existe pas, ou n’est pas dans votre branche.',
    hint: 'Revenez à la liste.',
  });
}

/** A decision that refuses, as an answer: 404 beyond the branch, else 403 `admin.<reason code>`. */
export function refusedBy({ context }: Decision): AppError {
  if (context.reason_code === 'outside_branch') return notFound();
  return new AppError({
    code: `admin.${context.reason_code}`,
    status: 403,
    publicMessage: context.reason_user.fr,
    ...(context.acr_values && { hint: 'Confirmez votre identité, puis recommencez.' }),
  });
}

/** What cannot be done as things stand (409). */
export function conflict(
  code: string,
  words: { readonly publicMessage: string; readonly hint?: string },
): AppError {
  return new AppError({ code, status: 409, ...words });
}

/** `admin.invalid` (422), naming each wrong field by its path, with a French sentence that says what to write. */
export function invalidFields(fields: Readonly<Record<string, string>>): AppError {
  return new AppError({
    code: 'admin.invalid',
    status: 422,
    publicMessage: 'Certaines informations sont à corriger.',
    errors: Object.entries(fields).map(([path, message]) => ({
      path,
      code: message === NEEDED ? 'required' : 'invalid',
      message,
    })),
  });
}

/** Reads `value` by `schema`. Throws `admin.invalid` (422); `prefix` tells what stands in an address from a body. */
export function readInput<I>(schema: z.ZodType<I>, value: unknown, prefix = ''): I {
  // Without the input, an absent field and one of another type look alike.
  const read = schema.safeParse(value, { reportInput: true });
  if (read.success) return read.data;
  const fields: Record<string, string> = {};
  for (const issue of read.error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    for (const key of keys) {
      const path = [...issue.path, ...(key === undefined ? [] : [key])].map(String).join('.') || 'body';
      fields[`${prefix}${path}`] ??= sentenceOf(issue);
    }
  }
  throw invalidFields(fields);
}

const NEEDED = 'Ce champ est nécessaire.';

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'Ce champ n’est pas prévu ici.';
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? NEEDED : 'Cette valeur n’a pas la forme attendue.';
  // Our own schemas speak French; what zod says by itself is not shown.
  return /^[A-ZÀÉÊ«\d].*[.?]$/u.test(issue.message) ? issue.message : 'Cette valeur n’est pas valable.';
}
