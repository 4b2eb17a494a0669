import { z } from 'zod';
import { isAppError, type FieldError } from '#kernel/index.ts';
import { fieldErrors, readAs } from '../../malformed.ts';
import { patientKeySchema, traceable } from '../keys.ts';
import { canonicalIns } from '../ins.ts';
import type { KeyIssuer } from '../key-issuer.ts';
import { recordRowSchema, type RecordRow } from '../region-rows.ts';
import { canonicalTraits, traitsSchema } from '../traits.ts';

/** A line of a file of consents: a row of `records` of the region file (contract §3), the patient named in one of three ways. */
const namingSchema = z.looseObject({
  patient_key: z.string().optional(),
  ins: z.strictObject({ value: z.string().max(64), oid: z.string().max(64) }).optional(),
  traits: traitsSchema.optional(),
});

export type ReadRow =
  | { readonly row: RecordRow; readonly errors?: undefined }
  | { readonly row?: undefined; readonly errors: readonly FieldError[] };

/** How the key of a patient is made out of an identity: `KeyIssuer.issue` or, for a dry run, `preview`. */
export type MakeKey = (network: string, ...identity: Parameters<KeyIssuer['preview']>) => Promise<string>;

/**
 * Reads one line. SECURITY: an INS or traits become the keyed hash here and go no further; no error quotes the line.
 * What the store throws is thrown.
 */
export async function readRow(line: string, mode: 'demo' | 'production', makeKey: MakeKey): Promise<ReadRow> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refused('body', 'invalid_format', 'Attendu : un objet JSON par ligne.');
  }
  try {
    const { ins, traits, patient_key: key, ...rest } = readAs(namingSchema, value);
    if ([ins, traits, key].filter(given => given !== undefined).length !== 1)
      return refused(
        'patient_key',
        'required',
        'Attendu : « patient_key », « ins » ou « traits », l’un des trois.',
      );
    // Everything else is judged first: no key is made for a line that is refused.
    const read = recordRowSchema.safeParse({ ...rest, patient_key: 'pk' });
    if (!read.success) return { errors: fieldErrors(read.error, rest) };
    const { network } = read.data;
    const made =
      ins !== undefined
        ? await makeKey(network, 'ins', canonicalIns(ins, mode))
        : traits !== undefined
          ? await makeKey(network, 'traits', canonicalTraits(traits))
          : readAs(patientKeySchema, key, 'patient_key');
    return { row: { ...read.data, patient_key: made } };
  } catch (error) {
    if (!isAppError(error) || error.status >= 500) throw error;
    return { errors: error.errors ?? [{ path: 'body', code: error.code, message: error.publicMessage }] };
  }
}

export const refused = (path: string, code: string, message: string): { errors: readonly FieldError[] } => ({
  errors: [{ path, code, message }],
});

/** A sentence of the import, whose quoted words come from the file. SECURITY: none of them may be an INS. */
export const withoutIdentity = (sentence: string): string =>
  sentence.replaceAll(/`([^`]*)`/gu, (_all, word: string) => `\`${traceable(word)}\``);
