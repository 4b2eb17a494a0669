import { AppError } from '#kernel/index.ts';
import { readBody } from './body.ts';
import type { Context } from 'koa';

const MAX_FIELDS = 100;

/** How much a form may bring. */
export interface FormBounds {
  readonly maxBytes: number;
  /** Characters of one value. */
  readonly maxValue: number;
  /** Values, those of a name that comes several times counted one by one; 100 by default. */
  readonly maxFields?: number;
}

/** Enough for every form but those where a whole text is written. */
const ORDINARY: FormBounds = { maxBytes: 64 * 1024, maxValue: 4096 };

/** What browsers send for the names that our pages give. */
const FIELD_NAME = /^[\w.:-]{1,100}$/u;
const POLLUTING = new Set(['__proto__', 'constructor', 'prototype']);

/** The fields of a posted form. */
export interface Form {
  /** The value of a field, `''` when it is absent. Throws `http.malformed_form` (400) when it was sent twice. */
  get(name: string): string;
  /** Every value of a field that may be ticked several times. */
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Every field with its value, in order. */
  entries(): Iterable<[string, string]>;
  /** Nothing was filled in or chosen: it bears no field but the token of the session. */
  readonly isBare: boolean;
}

/**
 * Reads `application/x-www-form-urlencoded`. Throws `http.unsupported_type` (415), `http.too_large` (413) and
 * `http.malformed_form` (400) for a broken escape, NUL, a polluting name, too many or overlong fields. Does not verify the CSRF token.
 */
export async function parseForm(ctx: Context, bounds: FormBounds = ORDINARY): Promise<Form> {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    throw new AppError({
      code: 'http.unsupported_type',
      status: 415,
      publicMessage: 'Ce formulaire a été envoyé dans un format inattendu.',
    });
  }
  const body = await readBody(ctx, bounds.maxBytes);
  // URLSearchParams would take a broken escape for text, and bytes that are no UTF-8 for U+FFFD.
  if (!isWellEscaped(body)) throw malformedForm();
  return formOf(new URLSearchParams(body), bounds);
}

/** The fields of a form, however they came. Throws `http.malformed_form` (400). */
export function formOf(
  entries: Iterable<readonly [string, string]>,
  { maxValue, maxFields = MAX_FIELDS }: Omit<FormBounds, 'maxBytes'> = ORDINARY,
): Form {
  const fields = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of entries) {
    count += 1;
    if (count > maxFields || !FIELD_NAME.test(name) || POLLUTING.has(name)) throw malformedForm();
    if (value.length > maxValue || value.includes('\0')) throw malformedForm();
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return {
    get(name) {
      const [value = '', ...more] = fields.get(name) ?? [];
      // SECURITY: two readers must never see two different values of one field.
      if (more.length > 0) throw malformedForm();
      return value;
    },
    all: name => fields.get(name) ?? [],
    has: name => fields.has(name),
    *entries() {
      for (const [name, values] of fields) for (const value of values) yield [name, value];
    },
    isBare: [...fields.keys()].every(name => name === 'csrf'),
  };
}

function isWellEscaped(body: string): boolean {
  try {
    decodeURIComponent(body);
    return true;
  } catch {
    return false;
  }
}

function malformedForm(): AppError {
  return new AppError({
    code: 'http.malformed_form',
    status: 400,
    publicMessage: 'Ce formulaire contient une valeur trop longue ou illisible.',
    hint: 'Revenez en arrière, raccourcissez votre saisie puis recommencez.',
  });
}
