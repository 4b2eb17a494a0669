import { Worker } from 'node:worker_threads';
import type { ReadList } from './crl-reader.ts';
import type { CrlTask } from './crl-worker.ts';
import type { IssuingCa } from './issuing-ca.ts';

/** Reads lists from files, one at a time, off the event loop. */
export interface CrlLoader {
  /** Refusals are values, as `readCrl`'s; rejects when the file cannot be read, or after `close`. */
  load(file: string, ca: IssuingCa): Promise<ReadList>;
  /** Ends the reading that goes on. */
  close(): Promise<void>;
}

/** One at a time bounds what several large lists take of memory while they are read. */
export function createCrlLoader(): CrlLoader {
  let last: Promise<unknown> = Promise.resolve();
  let current: Worker | undefined;
  let isClosed = false;

  function run(task: CrlTask): Promise<ReadList> {
    if (isClosed) return Promise.reject(new Error('the reader of lists is closed'));
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./crl-worker.ts', import.meta.url), {
        workerData: task,
        // What is left of each entry goes at once: a small nursery, not 30 MiB of what is dead.
        resourceLimits: { maxYoungGenerationSizeMb: 4 },
      });
      current = worker;
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the reading of a list was ended')));
    });
  }

  return {
    load(file, ca) {
      const { subject, keyId } = ca;
      const publicKey = ca.publicKey.export({ format: 'der', type: 'spki' });
      const loading = last.then(() => run({ file, subject, keyId, publicKey }));
      last = loading.catch(() => undefined);
      return loading;
    },
    async close() {
      isClosed = true;
      await current?.terminate();
    },
  };
}
