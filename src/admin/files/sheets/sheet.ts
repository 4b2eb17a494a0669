/** One line of a file that has something in it. */
export interface SheetRow {
  /** As the spreadsheet counts: 1 is the first. */
  readonly number: number;
  /** Trimmed; texts only. Numbers and dates are written as people read them. */
  readonly cells: readonly string[];
}

/** Why a file cannot be read at all. */
export type FileProblem =
  /** Neither CSV nor XLSX. */
  | 'format'
  /** The Excel of before 2007, or one with a password. */
  | 'old_excel'
  | 'too_many_lines'
  /** Unfolds to more than any honest list does. */
  | 'too_large'
  | 'broken'
  | 'busy';

export const BOUNDS = {
  /** Of the file as it is sent. */
  bytes: 5 * 1024 * 1024,
  /** Lines with something in them, the header included, and some for who writes above it. */
  rows: 10_010,
  columns: 60,
  cellLength: 1000,
  /** Of all that is unfolded from a workbook. */
  unfoldedBytes: 96 * 1024 * 1024,
} as const;
