import { createWriteStream } from 'node:fs';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { AppError, type Clock, type SealingKey } from '#kernel/index.ts';
import { copyStore, type StoreCopy } from '#store/index.ts';
import { sealContainer, fingerprintOf } from './container.ts';
import { toLine } from './records.ts';
import { isVoided } from './voided.ts';

/** What was written. */
export interface BackupSummary {
  readonly takenAt: string;
  readonly documents: number;
  readonly bytes: number;
  /** Hexadecimal SHA-256 that the signature is about: the name of this backup. */
  readonly fingerprint: string;
}

/**
 * Writes a sealed and signed copy of the store, as it is at one instant, beside a service that goes on. The file
 * appears under its name when it is whole and on the disk, readable by its owner only. Holds no session, token,
 * one-time code or link (`isVoided`), no configuration and no key. Throws `operation.file_exists` (409),
 * `store.copy_unsupported`, `store.unavailable`, and what the system says of a disk that refuses.
 */
export async function createBackup(deps: {
  readonly storeUrl: string;
  /** Seals and signs: the first of `TROUSSEAU_SEAL_KEYS`. */
  readonly key: SealingKey;
  readonly clock: Clock;
  readonly file: string;
}): Promise<BackupSummary> {
  const { key, clock, file } = deps;
  if (await exists(file)) throw fileExists(file);
  const part = `${file}.part`;
  const copy = await copyStore(deps.storeUrl);
  const counts: Record<string, number> = {};
  try {
    const takenAt = new Date(clock.now() * 1000).toISOString();
    await pipeline(
      Readable.from(batches(contentOf(copy, clock.now(), counts))),
      createGzip({ level: 4 }),
      gzipped => sealContainer(gzipped as AsyncIterable<Buffer>, { key, takenAt }),
      createWriteStream(part, { mode: 0o600, flush: true }),
    );
    await rename(part, file);
    await syncFolder(path.dirname(path.resolve(file)));
    const documents = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const { size } = await stat(file);
    return { takenAt, documents, bytes: size, fingerprint: await fingerprintOf(file) };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    copy.close();
  }
}

/** Texts of this size go to the compressor together: a call for each line would cost more than the line. */
const BATCH_CHARACTERS = 64 * 1024;

function* contentOf(copy: StoreCopy, now: number, counts: Record<string, number>): Generator<string> {
  const { collections, notes } = copy;
  yield toLine({ opening: { collections, notes } });
  for (const collection of collections) {
    counts[collection] = 0;
    for (const row of copy.rows(collection, now)) {
      if (isVoided(row)) continue;
      counts[collection] += 1;
      yield toLine({ row });
    }
  }
  yield toLine({ counts });
}

function* batches(lines: Iterable<string>): Generator<Buffer> {
  let batch = '';
  for (const line of lines) {
    batch += line;
    if (batch.length < BATCH_CHARACTERS) continue;
    yield Buffer.from(batch);
    batch = '';
  }
  yield Buffer.from(batch);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `operation.file_exists` (409): a backup never replaces another. */
function fileExists(file: string): AppError {
  return new AppError({
    code: 'operation.file_exists',
    status: 409,
    publicMessage: 'Un fichier porte déjà ce nom.',
    detail: `${path.basename(file)} exists already; give each backup a name of its own`,
  });
}
