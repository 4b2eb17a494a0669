import { parse } from 'csv-parse/sync';
import { BOUNDS, type FileProblem, type SheetRow } from './sheet.ts';

/** The lines of a CSV file, its encoding and its separator found out. */
export function readCsv(content: Buffer): readonly SheetRow[] | FileProblem {
  const text = decodeText(content);
  // A text has no NUL: a picture, a PDF or a program is none.
  if (text === null || text.includes('\0')) return 'format';
  const [, declared] = /^sep=(?<separator>[;,\t])\r?\n/u.exec(text) ?? [];
  const body = declared === undefined ? text : text.slice(text.indexOf('\n') + 1);
  const records: string[][] = parse(body, {
    delimiter: declared ?? separatorOf(body),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    to: BOUNDS.rows * 2,
    max_record_size: BOUNDS.columns * BOUNDS.cellLength,
  });
  const firstLine = declared === undefined ? 1 : 2;
  const rows: SheetRow[] = [];
  for (const [index, cells] of records.entries()) {
    const kept = cells.slice(0, BOUNDS.columns).map(cell => cell.trim().slice(0, BOUNDS.cellLength));
    if (kept.some(cell => cell !== '')) rows.push({ number: index + firstLine, cells: kept });
    if (rows.length > BOUNDS.rows) return 'too_many_lines';
  }
  return rows;
}

/** UTF-8 and UTF-16 by their marks or by what they are; else what Excel writes in France (Windows-1252). */
export function decodeText(content: Buffer): string | null {
  const encoding = encodingOf(content);
  try {
    return new TextDecoder(encoding, { fatal: encoding !== 'windows-1252' }).decode(content);
  } catch {
    return null;
  }
}

function encodingOf(content: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Without a mark: Latin letters have a zero beside each of them.
  const head = content.subarray(0, 2000);
  const zerosAt = (parity: 0 | 1) => head.filter((byte, index) => byte === 0 && index % 2 === parity).length;
  if (zerosAt(1) > head.length / 4) return 'utf-16le';
  if (zerosAt(0) > head.length / 4) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

const SEPARATORS = [';', ',', '\t'] as const;

/** The one that cuts the first lines into the most cells, those within quotes left alone. */
function separatorOf(text: string): string {
  const head = text
    .slice(0, 20_000)
    .replace(/"[^"]*"/gu, '')
    .split(/\r?\n/u)
    .slice(0, 10)
    .join('\n');
  const counted = SEPARATORS.map(separator => ({ separator, count: head.split(separator).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).separator;
}
