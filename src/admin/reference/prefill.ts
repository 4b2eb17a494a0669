import { checkFiness, checkRpps } from '#kernel/index.ts';
import { inNameCase } from './names.ts';
import type { Reference, ReferenceFile } from './reference.ts';

/** What a form that may be filled in by a number shows about it. */
export interface PrefillNote {
  /** As it was typed; `''` when none was. */
  readonly asked: string;
  readonly outcome: 'none' | 'found' | 'unknown' | 'malformed';
  /** The day of the register that answered (epoch milliseconds). */
  readonly registerMs: number;
}

/** A form filled in from a register, or `null` when that register was never imported: then nothing is offered. */
export type Prefill<T> = { readonly note: PrefillNote; readonly values: T | null } | null;

export interface KnownIdentity {
  readonly family_name: string;
  readonly given_name: string;
  readonly civility: string;
  readonly profession: string;
  readonly specialties: readonly string[];
  readonly national_ids: string;
}

/** The identity of who holds that RPPS number. */
export function prefillPerson(
  reference: Reference,
  rpps: string | undefined,
): Promise<Prefill<KnownIdentity>> {
  return prefill(reference, 'rpps', rpps, {
    read: text => {
      const checked = checkRpps(text);
      return checked.ok ? checked.id : null;
    },
    find: async number => {
      const known = await reference.lookupRpps(number);
      return (
        known && {
          family_name: inNameCase(known.familyName),
          given_name: inNameCase(known.givenName),
          civility: known.civility ?? '',
          profession: known.profession ?? '',
          specialties: known.specialties,
          national_ids: known.id,
        }
      );
    },
  });
}

/** The name of the establishment of that FINESS number. */
export function prefillStructure(
  reference: Reference,
  finess: string | undefined,
): Promise<Prefill<{ readonly name: string; readonly finess: string }>> {
  return prefill(reference, 'finess', finess, {
    read: text => {
      const checked = checkFiness(text);
      return checked.ok ? checked.id : null;
    },
    find: async number => {
      const known = await reference.lookupFiness(number);
      return known && { name: inNameCase(known.name), finess: known.id };
    },
  });
}

async function prefill<T>(
  reference: Reference,
  register: ReferenceFile,
  typed: string | undefined,
  look: {
    readonly read: (text: string) => string | null;
    readonly find: (number: string) => Promise<T | null>;
  },
): Promise<Prefill<T>> {
  const state = await reference.state(register);
  if (!state) return null;
  const note = { asked: typed ?? '', registerMs: state.importedAtMs };
  if (typed === undefined) return { note: { ...note, outcome: 'none' }, values: null };
  const number = look.read(typed.replace(/\s/gu, ''));
  if (number === null) return { note: { ...note, outcome: 'malformed' }, values: null };
  const values = await look.find(number);
  return { note: { ...note, outcome: values ? 'found' : 'unknown' }, values };
}
