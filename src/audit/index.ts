/**
 * The audit log: who did what, when, with which level, about whom, why. Owns the typed events, the hash chain of
 * this process, the signed checkpoints over all chains, the sealed days and their retention, the export and the verifier. Does not decide what is worth
 * a trace: each module declares its events and awaits `record` before it answers. Does not hide a chain from who
 * can write the store: it makes every change show, from one checkpoint to the next.
 */
export { createAudit, type Audit, type AuditLog, type AuditQuery } from './audit.ts';
export type { BackwardsPage, BackwardsQuery } from './backwards.ts';
export type { ForwardsQuery } from './forwards.ts';
export type { NewestQuery } from './newest.ts';
export { auditEvents, defineEvent, type EventCategory, type EventType } from './events.ts';
export type { AuditLine, DataValue, EventEntry, Outcome } from './line.ts';
export type { AuditLogger } from './logger.ts';
export type { KeepingReport } from './keeping.ts';
export type { Checkpoint } from './checkpoints.ts';
export type { Opening } from './writer.ts';
export type { Tally } from './tally.ts';
export { auditSection, type AuditSettings } from './section.ts';
export { exportAudit } from './export.ts';
export { readAuditState, type AuditState } from './state.ts';
export { readExcerpt, type ExcerptPart } from './excerpt.ts';
export { verifyAudit, type AuditReport, type AuditFinding, type FindingKind } from './verify.ts';
