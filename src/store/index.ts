/**
 * Storage behind one small port. Owns durability, atomicity, expiry, indexes and sealing at rest.
 * Does not know any feature, and offers no transaction over several documents: writers order their
 * writes so that a crash leaves the safe state (`// ORDER:`).
 */
export type { Collection, CollectionSpec, Doc, IndexSpec, ListQuery, Page, Store } from './port.ts';
export type { Changes, Follower, Watcher } from './changes/index.ts';
export type { OpenedStore, StoreLogger, StoreStats, StoreTesting } from './backend.ts';
export { openRows, openStore, type OpenStoreOptions } from './open.ts';
export { takeFile } from './sqlite/lock.ts';
export { copyStore, fillStore, type CopiedRow, type StoreCopy, type StoreFilling } from './copy.ts';
export type { StoredRow, StoredRows } from './rows.ts';
export { sealedFieldsOf, sealedPlace, type SealedField } from './sealed-fields.ts';
export type { Rewriter, StoredDoc, Upgrade } from './upgrades.ts';
