/**
 * The region file (contract §3): reading, validation row by row, order, dry run, report, and export back to the same
 * format. Owns what was imported last, so that an unchanged row never undoes what people did since. Does not know
 * any row: each module hands in the sections it owns (`RegionSection` of `directory/`).
 */
export { createRegionImport, type ImportOptions, type RegionImport } from './import.ts';
export { formatReport, type RegionCounts, type RegionReport, type RowReport } from './report.ts';
export { findUnreadable } from './unreadable.ts';
export { regionEvents } from './events.ts';
