import { Worker } from 'node:worker_threads';
import { BOUNDS } from './sheet.ts';
import type { SheetRead } from './worker.ts';

/** Reads CSV and XLSX in a worker, one file after the other: an upload costs sign-ins nothing. */
export interface SheetReader {
  /** Judged by its content alone. Never rejects: what cannot be read is a problem. */
  read(content: Buffer): Promise<SheetRead>;
}

/** No honest list within the bounds takes that long. */
const READING_MS = 20_000;
const MOST_WAITING = 8;
const HEAP_MIB = 384;

export function createSheetReader(): SheetReader {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async read(content) {
      if (content.byteLength > BOUNDS.bytes) return { problem: 'too_large' };
      if (waiting >= MOST_WAITING) return { problem: 'busy' };
      waiting += 1;
      const mine = last.then(() => readApart(content)).finally(() => (waiting -= 1));
      last = mine;
      return mine;
    },
  };
}

function readApart(content: Buffer): Promise<SheetRead> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: content,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    const settle = (read: SheetRead) => {
      clearTimeout(timer);
      resolve(read);
      void worker.terminate();
    };
    // SECURITY: whatever a parser does with a wicked file, it ends here, and only that file is refused.
    const timer = setTimeout(() => settle({ problem: 'broken' }), READING_MS);
    worker.once('message', settle);
    worker.once('error', () => settle({ problem: 'broken' }));
    worker.once('exit', () => settle({ problem: 'broken' }));
  });
}
