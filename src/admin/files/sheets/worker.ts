/** Reads one file beside the event loop; ends with it. */
import { parentPort, workerData } from 'node:worker_threads';
import { readCsv } from './csv-reader.ts';
import type { FileProblem, SheetRow } from './sheet.ts';
import { readXlsx } from './xlsx-reader.ts';

export type SheetRead = { readonly rows: readonly SheetRow[] } | { readonly problem: FileProblem };

/** A ZIP archive, which every workbook is; and the container of the Excel of before 2007, or of one with a password. */
const ZIP = 'PK\u0003\u0004';
const OLD_EXCEL = Buffer.from('d0cf11e0a1b11ae1', 'hex');

function read(content: Buffer): SheetRead {
  if (content.subarray(0, 8).equals(OLD_EXCEL)) return { problem: 'old_excel' };
  try {
    const rows = content.toString('latin1', 0, 4) === ZIP ? readXlsx(content) : readCsv(content);
    return typeof rows === 'string' ? { problem: rows } : { rows };
  } catch {
    return { problem: 'broken' };
  }
}

parentPort?.postMessage(read(Buffer.from(workerData as Uint8Array)));
