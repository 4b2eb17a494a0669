/**
 * What the main thread and the writer thread say to each other. Writes travel as tuples, many in one message,
 * because structured clone of tuples costs half of that of objects.
 */
export type TableOperation =
  | readonly ['insert' | 'put', table: string, row: RowTuple, now: number]
  | readonly ['swap', table: string, row: SwapTuple, expected: number, now: number]
  | readonly ['take', table: string, id: string, expected: number | null, now: number]
  | readonly [
      'increment',
      table: string,
      row: RowTuple,
      field: string,
      by: number,
      max: number | null,
      now: number,
    ]
  | readonly ['remove', table: string, id: string]
  | readonly ['removeBy', table: string, index: string, key: string, now: number]
  | readonly ['reap', table: string, now: number, limit: number]
  /** Makes the table, and notes the version of its indexes: it has no row yet that they could miss. */
  | readonly ['create', table: string, version: number]
  /** Forgets all index keys of the table: the first step of a rebuild. */
  | readonly ['unindex', table: string]
  /** Indexes one row, if it still has that version: the second step, row by row. */
  | readonly ['index', table: string, id: string, version: number, keys: string | null, now: number];

/** `note` records a fact about the file. */
export type Operation = TableOperation | readonly ['note', name: string, value: number];

/** `keys` is the JSON text of `IndexKey[]`, `null` when there are none: it is stored as it is. */
export type RowTuple = readonly [
  id: string,
  version: number,
  expiresAt: number | null,
  text: string,
  keys: string | null,
];

/** As `RowTuple`; `keys` is `undefined` when they did not change. */
export type SwapTuple = readonly [
  id: string,
  version: number,
  expiresAt: number | null,
  text: string,
  keys: string | null | undefined,
];

/** What an operation answers: a text, a count, or nothing. */
export type Answer = string | number | null;

/** Refusals are tuples, so that the usual answer stays a primitive. */
export type Refusal = readonly ['conflict' | 'failed', detail: string];

export type Outcome = Answer | Refusal;

/** A table that later operations name. Has no answer. */
export interface Declaration {
  readonly table: string;
  readonly hasIndexes: boolean;
  readonly uniqueIndexes: readonly string[];
}

/** One message to the writer: a declaration, writes to commit together, or the end. */
export type Batch = readonly Operation[];
export type Request = Batch | Declaration | 'close';

/** The answer to a batch, in its order; a text when nothing of it was committed. */
export type BatchOutcome = readonly Outcome[] | string;

/** How the writer starts. */
export interface WriterData {
  readonly path: string;
  readonly commitDelayMs: number;
  readonly maxPageCount: number | undefined;
  readonly readOnly: boolean;
}

/** First message of the writer: `null`, or why the file cannot be used. */
export type Opened = string | null;
