import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { writeCsv } from './sheets/csv-writer.ts';
import type { Column, Rows } from './sheets/table.ts';
import { writeXlsx } from './sheets/xlsx-writer.ts';

export type SheetFormat = 'csv' | 'xlsx';

export function isFormat(text: unknown): text is SheetFormat {
  return text === 'csv' || text === 'xlsx';
}

const TYPES: Readonly<Record<SheetFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Answers with a file, written while it is sent: a list of any length takes little memory. */
export function sendSheet<Row>(
  ctx: Context,
  sheet: {
    /** Letters, digits and hyphens: it stands in a header. */
    readonly name: string;
    readonly format: SheetFormat;
    readonly columns: readonly Column<Row>[];
    readonly rows: Rows<Row>;
  },
): void {
  const { name, format, columns, rows } = sheet;
  ctx.type = TYPES[format];
  ctx.set('Content-Disposition', `attachment; filename="${name}.${format}"`);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = Readable.from(format === 'csv' ? writeCsv(columns, rows) : writeXlsx(columns, rows));
}
