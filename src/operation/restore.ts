import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isAppError, type SealingKey } from '#kernel/index.ts';
import { fillStore, type CopiedRow, type StoreFilling } from '#store/index.ts';
import { openContainer, type OpenedContainer } from './container.ts';
import { broken } from './errors.ts';
import { linesOf, parseLine, type Counts } from './records.ts';
import { isVoided } from './voided.ts';

/** What a backup holds, or what was restored from it. */
export interface RestoreSummary {
  readonly takenAt: string;
  readonly fingerprint: string;
  readonly documents: number;
}

/** Documents written together. */
const BATCH_ROWS = 2000;

/**
 * Reads a backup from end to end: its signature, every chunk, every line and their number. Writes nothing. Throws
 * `operation.backup_broken`, `operation.unknown_key`, and what the system says of a file that is not there.
 */
export async function checkBackup(file: string, keys: readonly SealingKey[]): Promise<RestoreSummary> {
  const container = await openContainer(file, keys);
  return readInto(container, { add() {}, note() {}, write() {} });
}

/**
 * Restores a backup into a place where no store is. All or nothing: the store appears when every byte was proven and
 * is on the disk. Brings back no session, token, one-time code or link, whoever made the file; brings back the rest
 * as it was when the backup was taken. Throws as `checkBackup`, `store.place_taken` (409), `store.copy_unsupported`
 * and `store.newer_schema` (a backup of a later release).
 */
export async function restoreBackup(deps: {
  readonly file: string;
  readonly keys: readonly SealingKey[];
  readonly storeUrl: string;
}): Promise<RestoreSummary> {
  const container = await openContainer(deps.file, deps.keys);
  const filling = await fillStore(deps.storeUrl);
  try {
    const summary = await readInto(container, filling);
    filling.finish();
    return summary;
  } catch (error) {
    filling.abandon();
    throw error;
  }
}

async function readInto(
  container: OpenedContainer,
  target: Pick<StoreFilling, 'add' | 'note' | 'write'>,
): Promise<RestoreSummary> {
  const counted: Record<string, number> = {};
  let announced: Counts | undefined;
  let batch: CopiedRow[] = [];
  const flush = (): void => {
    if (batch.length > 0) target.write(batch);
    batch = [];
  };
  for await (const line of linesOf(unzipped(container))) {
    const record = parseLine(line);
    if (announced) throw broken('something comes after the end');
    if ('opening' in record) {
      for (const name of record.opening.collections) target.add(name);
      for (const [name, value] of Object.entries(record.opening.notes)) target.note(name, value);
    } else if ('counts' in record) {
      announced = record.counts;
    } else {
      const { row } = record;
      counted[row.collection] = (counted[row.collection] ?? 0) + 1;
      // SECURITY: also what an older release, or somebody with the key, has put into the file.
      if (isVoided(row)) continue;
      batch.push(row);
      if (batch.length === BATCH_ROWS) flush();
    }
  }
  flush();
  checkCounts(announced, counted);
  const documents = Object.values(counted).reduce((sum, count) => sum + count, 0);
  return { takenAt: container.header.takenAt, fingerprint: container.fingerprint, documents };
}

async function* unzipped(container: OpenedContainer): AsyncGenerator<Buffer> {
  try {
    const gunzip = createGunzip();
    const source = Readable.from(container.content());
    source.once('error', error => gunzip.destroy(error));
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    throw isAppError(error) ? error : broken('the content does not unpack', error);
  }
}

function checkCounts(announced: Counts | undefined, counted: Counts): void {
  if (!announced) throw broken('the end is missing');
  for (const name of new Set([...Object.keys(announced), ...Object.keys(counted)])) {
    const expected = announced[name] ?? 0;
    const found = counted[name] ?? 0;
    if (expected !== found) throw broken(`${found} documents of ${name} where ${expected} were announced`);
  }
}
