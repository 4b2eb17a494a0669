import { AppError } from '#kernel/index.ts';
import { ENTERPRISE, MOST_RESULTS, PROFESSIONAL, type Resource, type Scimmy } from './library.ts';

/** What part of a list is wanted. SPEC: RFC 7644 §3.4.2.4. */
export interface ListQuery {
  readonly filter: string | undefined;
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
}

export interface ListPart {
  readonly totalResults: number;
  readonly resources: readonly Resource[];
}

const DEFAULT_COUNT = 100;
const LONGEST_FILTER = 1000;

/** Reads the query of a list; numbers below their least are that. Throws `scim.malformed_query` (400). */
export function readListQuery(query: Readonly<Record<string, unknown>>): ListQuery {
  const { filter } = query;
  if (filter !== undefined && (typeof filter !== 'string' || filter.length > LONGEST_FILTER))
    throw malformed();
  return {
    filter,
    startIndex: Math.max(1, wholeNumber(query['startIndex'], 1)),
    count: Math.min(MOST_RESULTS, Math.max(0, wholeNumber(query['count'], DEFAULT_COUNT))),
  };
}

function wholeNumber(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  const read = Number(value);
  if (!Number.isSafeInteger(read) || value === '') throw malformed();
  return read;
}

export function partOf<T>(found: readonly T[], { startIndex, count }: ListQuery): readonly T[] {
  return found.slice(startIndex - 1, startIndex - 1 + count);
}

/**
 * The candidates that a filter finds, without regard to case but in identifiers (RFC 7643 §2.2, `caseExact`). Throws
 * the library's own error for what is no filter, and `scim.not_filterable` (400) for an attribute not in `filterable`:
 * no answer is better than one that found nothing because it did not look.
 */
export function matching<T extends Resource>(
  { Types }: Scimmy,
  expression: string | undefined,
  candidates: readonly T[],
  filterable: ReadonlySet<string>,
): readonly T[] {
  if (expression === undefined) return candidates;
  for (const attribute of attributesIn(expression))
    if (!filterable.has(attribute) && !PARTS.has(attribute)) throw notFilterable(filterable);
  const filter = filterOf(Types, withFoldedTexts(expression));
  const byForm = new Map(candidates.map(candidate => [comparable(candidate), candidate]));
  const found = filter.match([...byForm.keys()]) as readonly Resource[];
  const chosen = new Set(found);
  return [...byForm].filter(([form]) => chosen.has(form)).map(([, candidate]) => candidate);
}

/** What provisioning asks most: is that one there? The attribute (in lower case) and the text of such a filter. */
export function wantedOne(
  expression: string | undefined,
): readonly [attribute: string, text: string] | undefined {
  const [, name = '', quoted] =
    /^\s*(id|externalId|userName)\s+eq\s+"([^"\\]*)"\s*$/iu.exec(expression ?? '') ?? [];
  return quoted === undefined ? undefined : [name.toLowerCase(), quoted];
}

/** The library takes a comparison with nothing for one with `undefined`, and throws errors of several kinds. */
function filterOf(types: Scimmy['Types'], expression: string) {
  const invalid = () => new types.Error(400, 'invalidFilter', 'Ce filtre n’est pas lisible.');
  if (WITHOUT_VALUE.test(expression.replace(TEXT, '""'))) throw invalid();
  try {
    return new types.Filter(expression);
  } catch {
    throw invalid();
  }
}

const WITHOUT_VALUE = /\s(?:eq|ne|co|sw|ew|gt|lt|ge|le)\s*(?:$|[)\]]|(?:and|or|not)\b)/iu;
/** Of complex attributes, within brackets. */
const PARTS = new Set(['value', 'type', 'primary', 'display']);
const TEXT = /"(?:[^"\\]|\\.)*"/gu;
const NAMESPACES = [ENTERPRISE, PROFESSIONAL].map(urn => urn.toLowerCase());

/** The attributes that an expression compares, by their first name, in lower case. */
function attributesIn(expression: string): readonly string[] {
  const bare = expression.replace(TEXT, '""');
  const found = bare.matchAll(/([A-Za-z][\w:.$-]*)\s*(?=\[|\s(?:eq|ne|co|sw|ew|gt|lt|ge|le|pr)\b)/giu);
  return [...found].map(([, name = '']) => {
    const attribute = name.toLowerCase();
    const isNamespaced = NAMESPACES.some(urn => attribute.startsWith(`${urn}:`));
    return isNamespaced ? attribute : (attribute.split('.')[0] ?? '');
  });
}

const EXACT = new Set(['id', 'externalid']);

function withFoldedTexts(expression: string): string {
  return expression.replace(
    /([A-Za-z][\w:.$-]*)(\s+(?:eq|ne|co|sw|ew|gt|lt|ge|le)\s+)("(?:[^"\\]|\\.)*")/giu,
    (whole, name: string, operator: string, text: string) =>
      EXACT.has(name.toLowerCase()) ? whole : `${name}${operator}${text.toLowerCase()}`,
  );
}

/** As the library compares it: texts folded, and what an extension holds under its full name. */
function comparable(resource: Resource): Resource {
  const form: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(resource)) {
    if (name === ENTERPRISE || name === PROFESSIONAL)
      for (const [inner, its] of Object.entries(value as Resource)) form[`${name}:${inner}`] = folded(its);
    else form[name] = EXACT.has(name.toLowerCase()) ? value : folded(value);
  }
  return form;
}

function folded(value: unknown): unknown {
  if (typeof value === 'string') return value.toLowerCase();
  if (Array.isArray(value)) return value.map(folded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, folded(inner)]));
}

function malformed(): AppError {
  return new AppError({
    code: 'scim.malformed_query',
    status: 400,
    publicMessage: 'La demande n’est pas lisible : filtre trop long, ou nombre attendu.',
  });
}

function notFilterable(filterable: ReadonlySet<string>): AppError {
  return new AppError({
    code: 'scim.not_filterable',
    status: 400,
    publicMessage: `On ne peut filtrer que sur : ${[...filterable].join(', ')}.`,
  });
}
