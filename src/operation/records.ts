import type { CopiedRow } from '#store/index.ts';
import { broken } from './errors.ts';

/** First line of a backup's content. */
export interface Opening {
  readonly collections: readonly string[];
  readonly notes: Readonly<Record<string, number>>;
}

/** Last line: how many documents came before it, by collection. */
export type Counts = Readonly<Record<string, number>>;

/** One line of a backup's content; `docs/operations.md` describes them. */
export type BackupRecord =
  { readonly opening: Opening } | { readonly row: CopiedRow } | { readonly counts: Counts };

export function toLine(record: BackupRecord): string {
  if (!('row' in record)) return `${JSON.stringify(record)}\n`;
  const { collection, id, version, expiresAt, keys, text } = record.row;
  return `${JSON.stringify([collection, id, version, expiresAt, keys, text])}\n`;
}

/** Lines back to records. Throws `operation.backup_broken` for what is none. */
export function parseLine(line: string): BackupRecord {
  const value: unknown = JSON.parse(line);
  if (!Array.isArray(value)) {
    if (isRecord(value)) return value;
    throw broken('a line is no record');
  }
  const [collection, id, version, expiresAt, keys, text] = value as unknown[];
  if (
    typeof collection !== 'string' ||
    typeof id !== 'string' ||
    typeof version !== 'number' ||
    typeof text !== 'string' ||
    (expiresAt !== null && typeof expiresAt !== 'number') ||
    (keys !== null && typeof keys !== 'string')
  )
    throw broken('a line is no document');
  return { row: { collection, id, version, expiresAt, keys, text } };
}

function isRecord(value: unknown): value is { opening: Opening } | { counts: Counts } {
  return typeof value === 'object' && value !== null && ('opening' in value || 'counts' in value);
}

/** Cuts a stream of bytes into its lines. */
export async function* linesOf(content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let waiting = '';
  for await (const bytes of content) {
    const lines = (waiting + decoder.decode(bytes, { stream: true })).split('\n');
    waiting = lines.pop() ?? '';
    yield* lines;
  }
  if (waiting !== '') throw broken('the last line is cut');
}
