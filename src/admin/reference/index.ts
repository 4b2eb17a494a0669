/**
 * Reference data: the public extracts of the RPPS and of FINESS, imported by the operator, to check what is typed and to
 * fill forms in. Owns their reading and their copies. Owns no person and no organisation of the region, and gives
 * nobody a right.
 */
export { createReference, type Reference, type ReferenceFile, type ReferenceReport } from './reference.ts';
export type { KnownActivity, KnownProfessional, KnownStructure, ReferenceState } from './types.ts';
export { inNameCase } from './names.ts';
export { referenceImported } from './events.ts';
export {
  prefillPerson,
  prefillStructure,
  type KnownIdentity,
  type Prefill,
  type PrefillNote,
} from './prefill.ts';
