import type { z } from 'zod';

/** What the import makes of one row of the region file. `refuse`: nothing of the row is written. */
export type RowOutcome = 'add' | 'change' | 'same' | 'refuse';

export interface RowPlan {
  readonly outcome: RowOutcome;
  /** Why it is refused, in one lower-case English sentence for the operator; user input in backticks, no secret. */
  readonly reason?: string;
  /** For `change`: the names of the fields that differ. */
  readonly changes?: readonly string[];
  /** Doubts that do not refuse. */
  readonly warnings?: readonly string[];
  /**
   * Writes the row. INVARIANT: may run again after a crash at any point and then completes the work; when it throws
   * because another writer came first (`store.conflict`), nothing of the row has taken effect.
   */
  apply?(): Promise<void>;
}

/** What a section may ask about the rest of the document. */
export interface RegionContext {
  /** True when that row is in the store, or in this document and was not refused so far. */
  knows(section: string, id: string): Promise<boolean>;
  /** That row of this document as its section's schema gives it; `undefined` when it is not there or malformed. */
  rowOf(section: string, id: string): unknown;
  /** The text of a file named relative to the document. Throws `region.file_unreadable` (400). */
  readText(relative: string): Promise<string>;
  /** A demonstration accepts short client secrets. */
  readonly isDemo: boolean;
  /** A training base knows only the relying parties that were made for it. */
  readonly isTraining: boolean;
  readonly nowMs: number;
}

/** Words that other modules give a meaning to. A word beside them is kept, gives no right, and is warned of. */
export interface RegionVocabulary {
  readonly profiles: readonly string[];
  readonly scopes: readonly string[];
}

/** What no two rows of a document may share. */
export interface RowClaim {
  readonly key: string;
  /** As the report names it: SECURITY: without what a report must not hold. */
  readonly said: string;
}

/**
 * One top-level key of the region file: the rows, their schema, and how one of them is written. Modules hand theirs
 * to `region/`, which validates, finds duplicates, keeps the order and reports; it knows no row itself.
 */
export interface RegionSection<Row = unknown> {
  /** The key in the document; refers to others' rows by `knows(key, id)`. */
  readonly key: string;
  /** The key holds one object rather than a list. */
  readonly isSingle?: boolean;
  /** Sections whose rows this one refers to: they are imported first. */
  readonly after: readonly string[];
  /** Strict: an unknown key is refused with its path. */
  readonly schema: z.ZodType<Row>;
  idOf(row: Row): string;
  /** The field that names a row, for the report of one whose other fields are wrong. */
  readonly idField?: string;
  /** Other keys that no two rows of a document may share, such as a login. */
  claimsOf?(row: Row): readonly RowClaim[];
  /**
   * What counts as the same row at the next import; the row itself by default. A row that did not change since it
   * was last imported is left alone, so that what was done in the service meanwhile (a withdrawn consent, a
   * suspension) is not undone at the next start. `undefined`: the row is planned every time. SECURITY: takes passwords
   * and secrets out; a hash of it is kept.
   */
  fingerprintOf?(row: Row): unknown;
  has(id: string): Promise<boolean>;
  plan(row: Row, context: RegionContext): Promise<RowPlan>;
  /** All rows as the file would hold them, without secrets, in a stable order. */
  rows(): AsyncIterable<unknown>;
}
