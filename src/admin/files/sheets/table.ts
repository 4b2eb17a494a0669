/** What stands in one cell. */
export type Cell = string | number | null | undefined;

/** A column of a file that is given out: its title, and what a row says there. */
export interface Column<Row> {
  /** French, as people read it. */
  readonly title: string;
  readonly value: (row: Row) => Cell;
}

export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/** What a spreadsheet takes for the beginning of a formula; the wide signs as well, and what some skip before one. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/u;

/**
 * A text that no spreadsheet computes: an apostrophe stands before what would begin a formula.
 * SPEC: OWASP « CSV Injection ».
 */
export function withoutFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** What `withoutFormula` was given: a file of ours that comes back says the same. */
export function withFormulaRestored(text: string): string {
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}

/** Lets requests be answered between two parts of a long list. */
export function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** How many rows are written at a time. */
export const ROWS_AT_A_TIME = 250;
