/**
 * Reference data: the public extracts of the RPPS and of FINESS, imported by the operator, to check what is typed and to
 * fill forms in. Owns their reading and their copies. Owns no person and no organisation of the region, and gives
 * nobody a right.
 */
import type { AdminContext, Feature } from '../context.ts';
import { watchRegisters, type ListWatch } from './lists.ts';
import { createReferencePages } from './pages.ts';
import { createReference } from './reference.ts';

export { createReference, type Reference, type ReferenceFile, type ReferenceReport } from './reference.ts';
export type { KnownActivity, KnownProfessional, KnownStructure, ReferenceState } from './types.ts';
export type { ListWatch, WatchedList } from './lists.ts';
export { inNameCase } from './names.ts';
export { referenceImported } from './events.ts';
export {
  prefillPerson,
  prefillStructure,
  type KnownIdentity,
  type Prefill,
  type PrefillNote,
} from './prefill.ts';

/** The page of the registers, and how they stand for the page of health. */
export function createReferenceAdmin(context: AdminContext): Feature & { readonly watch: ListWatch } {
  const reference = createReference(context);
  const { clock } = context;
  return {
    mount: routes => createReferencePages(routes, context, reference),
    watch: () => watchRegisters({ reference, clock }),
  };
}
