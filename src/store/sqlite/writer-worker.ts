/**
 * The writer thread: the only connection that writes. Each message is committed as one durable transaction, and
 * answered after its commit.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { createGroupCommit } from './group-commit.ts';
import type { Opened, Request, WriterData } from './protocol.ts';
import { prepareFile } from './schema.ts';

/** How long the writer waits for another process's commit. It blocks this thread only. */
const LOCK_TIMEOUT_MS = 5000;
/** Pages of the write-ahead log before a checkpoint: fewer, larger ones (16 MiB) cost fewer syncs. */
const CHECKPOINT_PAGES = 4000;

const port = parentPort;
if (!port) throw new Error('the writer runs as a worker thread');

try {
  const { path, commitDelayMs, maxPageCount, readOnly }: WriterData = workerData;
  const db = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS });
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  );
  prepareFile(db);
  if (maxPageCount !== undefined) db.exec(`PRAGMA max_page_count = ${maxPageCount}`);
  if (readOnly) db.exec('PRAGMA query_only = ON');
  const group = createGroupCommit(db, commitDelayMs);
  port.on('message', (request: Request) => {
    if (request === 'close') {
      db.close();
      port.close();
    } else if ('table' in request) {
      group.declare(request);
    } else {
      port.postMessage(group.commit(request));
    }
  });
  port.postMessage(null satisfies Opened);
} catch (error) {
  port.postMessage((error instanceof Error ? error.message : String(error)) satisfies Opened);
  port.close();
}
