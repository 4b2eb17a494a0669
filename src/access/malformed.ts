import type { z } from 'zod';
import { AppError, type FieldError } from '#kernel/index.ts';

/**
 * How the access API says what is wrong with a request: one entry per field, with its path, a stable code and a
 * sentence. SECURITY: sentences say what was expected and never quote what was sent, which may be a patient.
 */
export type FieldCode =
  | 'invalid_format'
  | 'invalid_instant'
  | 'invalid_value'
  | 'required'
  | 'too_long'
  | 'too_short'
  | 'unknown_member'
  | 'wrong_type';

/** `access.malformed_request` (400), naming each wrong field. */
export function malformedFields(errors: readonly FieldError[]): AppError {
  return new AppError({
    code: 'access.malformed_request',
    status: 400,
    publicMessage: 'La requête n’a pas la forme attendue.',
    errors,
  });
}

/** The same for one field that a schema cannot judge. */
export const malformed = (path: string, code: FieldCode, message: string): AppError =>
  malformedFields([{ path, code, message }]);

/**
 * Reads `value` by `schema`. `at` says where it stands when that is not the body: `path.id`, `query.network`.
 * Throws `access.malformed_request` (400).
 */
export function readAs<T extends z.ZodType>(schema: T, value: unknown, at?: string): z.output<T> {
  const read = schema.safeParse(value);
  if (!read.success) throw malformedFields(fieldErrors(read.error, value, at));
  return read.data;
}

/** The issues of `schema` about `input`, in our words. */
export function fieldErrors(error: z.ZodError, input: unknown, at?: string): FieldError[] {
  return error.issues.flatMap(issue => {
    const place = issue.path.map(String);
    const entry = (path: readonly string[], code: FieldCode, message: string): FieldError => ({
      path: [...(at === undefined ? [] : [at]), ...path].join('.') || 'body',
      code,
      message,
    });
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => entry([...place, nameOf(key)], 'unknown_member', 'Membre inconnu.'));
    if (isMissing(input, issue)) return [entry(place, 'required', 'Ce membre est requis.')];
    return [entry(place, ...judgementOf(issue))];
  });
}

/** A misspelt member is named; what does not look like the name of one is not repeated. */
const nameOf = (key: string): string => (/^[A-Za-z_]{1,40}$/u.test(key) ? key : '*');

function isMissing(input: unknown, issue: z.core.$ZodIssue): boolean {
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return false;
  let value = input;
  for (const key of issue.path)
    value =
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : value;
  return value === undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'un texte',
  object: 'un objet',
  array: 'une liste',
  boolean: 'un booléen',
};

function judgementOf(issue: z.core.$ZodIssue): [FieldCode, string] {
  if (issue.code === 'invalid_type')
    return [
      'wrong_type',
      ownWords(issue) ?? `Attendu : ${TYPES[issue.expected] ?? 'une valeur d’un autre type'}.`,
    ];
  if (issue.code === 'invalid_value')
    return ['invalid_value', `Attendu : ${issue.values.map(String).join(', ')}.`];
  if (issue.code === 'invalid_union') return ['invalid_format', 'Attendu : l’une des formes documentées.'];
  if (issue.code === 'invalid_format' && issue.format === 'datetime')
    return ['invalid_instant', 'Attendu : un instant ISO 8601 avec décalage horaire.'];
  if (issue.code === 'invalid_format' && issue.format === 'date')
    return ['invalid_format', 'Attendu : une date, AAAA-MM-JJ.'];
  const code = CODES[issue.code] ?? 'invalid_value';
  return [code, ownWords(issue) ?? SENTENCES[code] ?? 'Valeur refusée.'];
}

/** Only our own schemas write French sentences; the library's words are its own. */
const ownWords = ({ message }: z.core.$ZodIssue): string | undefined =>
  message.startsWith('Attendu') ? message : undefined;

const CODES: Readonly<Record<string, FieldCode>> = {
  too_big: 'too_long',
  too_small: 'too_short',
  invalid_format: 'invalid_format',
};

const SENTENCES: Readonly<Partial<Record<FieldCode, string>>> = {
  too_long: 'Cette valeur est trop longue.',
  too_short: 'Cette valeur est trop courte.',
  invalid_format: 'Cette valeur n’a pas la forme attendue.',
};
