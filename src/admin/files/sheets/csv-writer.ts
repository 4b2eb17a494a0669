import { ROWS_AT_A_TIME, breathe, withoutFormula, type Cell, type Column, type Rows } from './table.ts';

/** Excel takes a file for UTF-8 by this mark only. */
const BOM = '\uFEFF';

/**
 * A list as CSV, part by part, as French spreadsheets open it: UTF-8 with its mark, `;` between cells, every text
 * quoted (RFC 4180). SECURITY: no cell is a formula.
 */
export async function* writeCsv<Row>(
  columns: readonly Column<Row>[],
  rows: Rows<Row>,
): AsyncGenerator<string, void, undefined> {
  const lineOf = (cells: readonly Cell[]) => `${cells.map(csvCell).join(';')}\r\n`;
  let part = BOM + lineOf(columns.map(({ title }) => title));
  let count = 0;
  for await (const row of rows) {
    part += lineOf(columns.map(({ value }) => value(row)));
    count += 1;
    if (count % ROWS_AT_A_TIME !== 0) continue;
    yield part;
    part = '';
    await breathe();
  }
  yield part;
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  return `"${withoutFormula(cell).replaceAll('"', '""')}"`;
}
