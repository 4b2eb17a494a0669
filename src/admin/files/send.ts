import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { writeCsv } from './sheets/csv-writer.ts';
import type { Column, Rows } from './sheets/table.ts';
import { writeXlsx } from './sheets/xlsx-writer.ts';

export const SHEET_FORMATS = ['csv', 'xlsx'] as const;
export type SheetFormat = (typeof SHEET_FORMATS)[number];

export function isFormat(text: unknown): text is SheetFormat {
  return SHEET_FORMATS.some(format => format === text);
}

export const SHEET_TYPES: Readonly<Record<SheetFormat, string>> = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

interface Sheet<Row> {
  /** Letters, digits and hyphens: it stands in a header. */
  readonly name: string;
  readonly format: SheetFormat;
  readonly columns: readonly Column<Row>[];
  readonly rows: Rows<Row>;
}

/** A sheet as a file. */
export interface SheetFile {
  readonly name: string;
  readonly type: string;
  readonly content: Readable;
}

/** Written while it is read: a list of any length takes little memory. */
export function sheetFile<Row>({ name, format, columns, rows }: Sheet<Row>): SheetFile {
  return {
    name: `${name}.${format}`,
    type: format === 'csv' ? `${SHEET_TYPES.csv}; charset=utf-8` : SHEET_TYPES[format],
    content: Readable.from(format === 'csv' ? writeCsv(columns, rows) : writeXlsx(columns, rows)),
  };
}

/** Answers with a sheet. */
export function sendSheet<Row>(ctx: Context, sheet: Sheet<Row>): void {
  sendSheetFile(ctx, sheetFile(sheet));
}

export function sendSheetFile(ctx: Context, { name, type, content }: SheetFile): void {
  ctx.type = type;
  ctx.set('Content-Disposition', `attachment; filename="${name}"`);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = content;
}
