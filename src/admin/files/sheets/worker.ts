/** Reads one file beside the event loop; ends with it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FileProblem, SheetRow } from './sheet.ts';

export type SheetRead = { readonly rows: readonly SheetRow[] } | { readonly problem: FileProblem };

/** A ZIP archive, which every workbook is; and the container of the Excel of before 2007, or of one with a password. */
const ZIP = 'PK\u0003\u0004';
const OLD_EXCEL = Buffer.from('d0cf11e0a1b11ae1', 'hex');

async function read(content: Buffer): Promise<SheetRead> {
  if (content.subarray(0, 8).equals(OLD_EXCEL)) return { problem: 'old_excel' };
  try {
    const rows = content.toString('latin1', 0, 4) === ZIP ? await xlsx(content) : await csv(content);
    return typeof rows === 'string' ? { problem: rows } : { rows };
  } catch {
    return { problem: 'broken' };
  }
}

// Each worker reads one file: it loads what that one takes, and nothing of the other kind.
const csv = async (content: Buffer) => (await import('./csv-reader.ts')).readCsv(content);
const xlsx = async (content: Buffer) => (await import('./xlsx-reader.ts')).readXlsx(content);

parentPort?.postMessage(await read(Buffer.from(workerData as Uint8Array)));
