/**
 * Texts that people are given to read, version by version: the règlement, the notices for patients. Owns what a version
 * is (its text never changes, it counts from a date on) and how the region file states one. Does not own what a text is
 * for, who publishes it (`admin/`), nor who accepted it or was given it (`accounts/`, `access/`).
 */
export { hashText, latestInForce, putText, type NewText, type TextVersion } from './versions.ts';
export { planText, textRowFields, textRowRule, type TextRow } from './region-row.ts';
