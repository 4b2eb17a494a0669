import type { Sealer } from '#kernel/index.ts';
import type { StoredRow } from './rows.ts';

/**
 * What a sealed field is bound to. SECURITY: a sealed value that was copied to another document, field or collection
 * does not open.
 */
export const sealedPlace = (collection: string, id: string, field: string): string =>
  `${collection}\n${id}\n${field}`;

/** A field that looks sealed, and the key that it names; it opens only if it was sealed for this very place. */
export interface SealedField {
  readonly field: string;
  readonly sealed: string;
  readonly keyId: string;
}

/** The sealed fields of a stored document, by their form: the features that declare them need not be there. */
export function sealedFieldsOf(
  { text }: Pick<StoredRow, 'text'>,
  sealer: Pick<Sealer, 'keyIdOf'>,
): readonly SealedField[] {
  // Most documents have none, and parsing is what costs.
  if (!text.includes('":"s1.')) return [];
  return Object.entries(JSON.parse(text) as Record<string, unknown>).flatMap(([field, sealed]) => {
    const keyId = typeof sealed === 'string' ? sealer.keyIdOf(sealed) : null;
    return keyId === null || typeof sealed !== 'string' ? [] : [{ field, sealed, keyId }];
  });
}
