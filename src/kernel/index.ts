/**
 * Words that all modules share: errors with stable codes, the clock, identifiers, sealed secrets,
 * national identifiers. Imports nothing but Node; owns no data, reads no configuration.
 */
export { AppError, isAppError, type AppErrorInit, type FieldError } from './errors.ts';
export { systemClock, createShiftedClock, type Clock, type ShiftedClock } from './clock.ts';
export { randomId, randomDigits, hashToken, equalsInConstantTime } from './ids.ts';
export { createSealer, type Sealer, type SealingKey } from './secrets.ts';
export { fold } from './text.ts';
export { frenchDate, frenchDateTime, frenchDateTimeSeconds } from './french-dates.ts';
export { isCompleteAddress, isMailAddress, readPhone, writePhone } from './contact.ts';
export { ACR, ACR_LADDER, acrRank, normaliseAcr, type Acr } from './acr.ts';
export {
  checkAdeli,
  checkFiness,
  checkIns,
  INS_OIDS,
  checkPersonId,
  checkRpps,
  checkRppsRang,
  checkSiren,
  checkSiret,
  checkStructureId,
  insKey,
  isLuhn,
  type Checked,
  type IdProblem,
  type IdWarning,
  type Ins,
  type InsKind,
  type PersonId,
  type PersonIdKind,
  type StructureId,
  type StructureIdKind,
} from './national-ids.ts';
export { createReadCache, type ReadCache } from './read-cache.ts';
