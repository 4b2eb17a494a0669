/**
 * What an operator does to the whole of the data: backups and their restoration. Owns the format of a backup, its
 * keys, and the list of what no restore may bring back. Knows no feature beyond the names of its collections, and
 * does not serve: the commands of `cli/` call it.
 */
export { createBackup, type BackupSummary } from './backup.ts';
export { restoreBackup, checkBackup, type RestoreSummary } from './restore.ts';
export { backupPublicKey } from './keys.ts';
export { backupMade, backupRestored, operationEvents } from './events.ts';
