/**
 * The directory of the region: professionals, organisations, networks, memberships with their dates, relying
 * parties, and the national code systems as dated data. Owns who holds which profile where and when, and the part
 * of the region file that says so. Does not own logins and passwords (`accounts/`), nor what a profile allows
 * (`access/`).
 */
export {
  createDirectory,
  type Directory,
  type DirectoryQuery,
  type Professionals,
  type Register,
} from './directory.ts';
export type {
  Application,
  Delegation,
  Membership,
  Network,
  Organisation,
  Professional,
  ProfessionalStatus,
  RcpRegistration,
  Regime,
  RegionInfo,
  Window,
} from './types.ts';
export { RCP_REGISTRATIONS } from './types.ts';
/** Its changes are followed by who keeps people in memory. */
export { professionalsSpec } from './collections.ts';
export {
  CLIENT_AUTH_METHODS,
  clientAuthMethodOf,
  GRANT_TYPES,
  hasSafeScheme,
  isAbsoluteAddress,
  isClientId,
  isInClear,
  isOwnClientId,
  isScope,
  isWebAddress,
  problemsOfApplication,
  type ApplicationProblem,
} from './application-rules.ts';
export { logoPathFor, pathOfLogo } from './logos.ts';
export { hasUnprovenPhone, withProvenPhone } from './phones.ts';
export { isEmptyWindow, isInForce } from './windows.ts';
export type { CodedValue, Codes } from './codes.ts';
export { createDirectorySections } from './region-file/sections.ts';
export { LEVEL_KEYS } from './region-file/territory.ts';
export type { RegionContext, RegionSection, RowOutcome, RowPlan } from './region-file/section.ts';
export { idField, instantField, instantRow, lineField } from './region-file/fields.ts';
export {
  canonical,
  everything,
  findUnknown,
  planDocument,
  warnOfUnknownWords,
} from './region-file/planning.ts';
export {
  claimsOfProfessional,
  planProfessional,
  professionalFields,
  professionalToRow,
  type ProfessionalRow,
} from './region-file/professionals.ts';
