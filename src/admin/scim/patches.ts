import { ENTERPRISE, PROFESSIONAL, type Resource } from './library.ts';

/**
 * A patch in the form in which the library does what RFC 7644 §3.5.2.3 says of `replace`: without a path it would add to
 * a multi-valued attribute, and a complex one it would empty before. Extensions may be sent with a `schemas` of their
 * own, for which it has no place. What is no patch is left for the library to refuse.
 */
export function mendedPatch(patch: unknown): unknown {
  if (!isObject(patch) || !Array.isArray(patch['Operations'])) return patch;
  const operations = patch['Operations'] as readonly unknown[];
  return { ...patch, Operations: operations.flatMap(operation => mendedOperation(operation)) };
}

/** The same for the patches of a bulk request. */
export function mendedBulk(request: unknown): unknown {
  if (!isObject(request) || !Array.isArray(request['Operations'])) return request;
  const operations = request['Operations'] as readonly unknown[];
  const mended = operations.map(operation =>
    isObject(operation) && String(operation['method']).toUpperCase() === 'PATCH'
      ? { ...operation, data: mendedPatch(operation['data']) }
      : operation,
  );
  return { ...request, Operations: mended };
}

function mendedOperation(operation: unknown): readonly unknown[] {
  if (!isObject(operation)) return [operation];
  const { op, path } = operation;
  const whole = typeof path === 'string' ? EXTENSIONS[path.toLowerCase()] : undefined;
  if (whole && typeof op === 'string' && op.toLowerCase() === 'remove')
    return whole.map(name => ({ op, path: name }));
  const value = withoutSchemas(operation['value']);
  const isReplacement = typeof op === 'string' && op.toLowerCase() === 'replace';
  if (!isReplacement || !isObject(value)) return [{ ...operation, ...(value !== undefined && { value }) }];
  if (typeof path === 'string')
    return [path.includes('[') ? { op, path, value } : { op: 'add', path, value }];
  return Object.entries(value).map(([name, its]) =>
    Array.isArray(its) ? { op, path: name, value: its } : { op: 'add', value: { [name]: its } },
  );
}

/** The library cannot remove an extension as a whole: each of its attributes is. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  [ENTERPRISE.toLowerCase()]: [`${ENTERPRISE}:organization`],
  [PROFESSIONAL.toLowerCase()]: ['profession', 'specialties', 'nationalIds'].map(
    name => `${PROFESSIONAL}:${name}`,
  ),
};

function withoutSchemas(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { schemas: _own, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, withoutSchemas(inner)]));
}

function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
