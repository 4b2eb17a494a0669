/**
 * What an operator does to the whole of the data: backups and their restoration, seals made anew, what a lost key leaves.
 * Owns the format of a backup, its keys, and the lists of what no restore may bring back and of what is worth nothing
 * without its seal. Knows no feature beyond the names of its collections, and
 * does not serve: the commands of `cli/` call it.
 */
export { createBackup, type BackupSummary } from './backup.ts';
export { restoreBackup, checkBackup, type RestoreSummary } from './restore.ts';
export { backupPublicKey } from './keys.ts';
export { countSeals, resealAll, type ResealReport, type SealCount } from './seals.ts';
export { voidLost, type Loss } from './losses.ts';
export { clearCollections, voidOpeners } from './voiding.ts';
export { keyInUse } from './errors.ts';
export {
  backupMade,
  backupRestored,
  keyDisclosed,
  keyLost,
  keysResealed,
  openersVoided,
  operationEvents,
} from './events.ts';
