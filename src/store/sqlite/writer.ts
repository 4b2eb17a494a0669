import { Worker } from 'node:worker_threads';
import type { StoreLogger, StoreStats } from '../backend.ts';
import { conflict, unavailable } from '../errors.ts';
import type {
  Answer,
  BatchOutcome,
  Declaration,
  Opened,
  Operation,
  Outcome,
  Request,
  WriterData,
} from './protocol.ts';

/** The main thread's side of the writer thread. */
export interface Writer {
  declare(declaration: Declaration): void;
  /** Resolves once committed and durable. Throws `store.conflict` and `store.unavailable`. */
  submit(operation: Operation): Promise<Answer>;
  stats(): StoreStats;
  /** Commits what was submitted, then ends the thread. */
  close(): Promise<void>;
}

interface Waiter {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Starts the writer thread and opens the file. Throws `store.unavailable`. */
export async function startWriter(data: WriterData, logger?: StoreLogger): Promise<Writer> {
  // Without the process's own flags: a test runner's, an inspector's.
  const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), {
    workerData: data,
    execArgv: [],
  });
  const refusal = await new Promise<Opened>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (refusal !== null) throw unavailable(refusal);
  return createWriter(worker, logger);
}

/**
 * Commits begin at least this far apart, so that writes which come one by one, but often, share them too. A write
 * after a pause is committed at once; a busy one waits less than a page takes. Each commit saved is an fsync and two
 * messages: a fifth of the processor time of a sign-in at full load.
 */
const COMMIT_INTERVAL_MS = 2;

function createWriter(worker: Worker, logger: StoreLogger | undefined): Writer {
  let queued: Operation[] = [];
  let queuedWaiters: Waiter[] = [];
  let inFlight: Waiter[] | null = null;
  let isFlushPlanned = false;
  let flushedMs = 0;
  let ended: string | null = null;
  let onIdle: (() => void) | null = null;
  let operations = 0;
  let commits = 0;

  const send = (request: Request): void => worker.postMessage(request);

  // One batch at a time: what arrives during a commit shares the next one, and a message each way per commit is all
  // that the main thread pays. Flushing after the poll phase gathers the requests of one turn of the loop.
  function planFlush(): void {
    if (isFlushPlanned || inFlight !== null) return;
    isFlushPlanned = true;
    const waitMs = flushedMs + COMMIT_INTERVAL_MS - performance.now();
    if (waitMs > 0 && onIdle === null) setTimeout(flush, waitMs);
    else setImmediate(flush);
  }

  function flush(): void {
    isFlushPlanned = false;
    if (inFlight !== null || ended !== null) return;
    if (queued.length === 0) {
      onIdle?.();
      return;
    }
    inFlight = queuedWaiters;
    flushedMs = performance.now();
    send(queued);
    queued = [];
    queuedWaiters = [];
  }

  worker.on('message', (outcome: BatchOutcome) => {
    const waiters = inFlight ?? [];
    inFlight = null;
    if (typeof outcome === 'string') {
      const error = unavailable(outcome);
      for (const waiter of waiters) waiter.reject(error);
    } else {
      commits += 1;
      operations += waiters.length;
      for (let at = 0; at < waiters.length; at += 1) settle(waiters[at], outcome[at]);
    }
    planFlush();
  });

  function end(why: string): void {
    ended ??= why;
    const waiters = [...(inFlight ?? []), ...queuedWaiters];
    inFlight = null;
    queued = [];
    queuedWaiters = [];
    for (const waiter of waiters) waiter.reject(unavailable(why));
  }
  worker.on('error', error => {
    logger?.error({ err: error }, 'store: the writer thread failed; writes are refused until a restart');
    end(`the writer thread failed: ${error.message}`);
  });
  worker.on('exit', () => end('the writer thread has ended'));

  return {
    declare: send,
    submit(operation) {
      if (ended !== null) return Promise.reject(unavailable(ended));
      return new Promise((resolve, reject) => {
        queued.push(operation);
        queuedWaiters.push({ resolve, reject });
        planFlush();
      });
    },
    stats: () => ({ operations, commits }),
    async close() {
      if (ended !== null) return;
      await new Promise<void>(resolve => {
        onIdle = resolve;
        planFlush();
      });
      ended = 'the store is closed';
      const exited = new Promise(resolve => worker.once('exit', resolve));
      send('close');
      await exited;
    },
  };
}

function settle(waiter: Waiter | undefined, outcome: Outcome | undefined): void {
  if (waiter === undefined) return;
  if (outcome === null || typeof outcome === 'string' || typeof outcome === 'number') {
    waiter.resolve(outcome);
  } else if (outcome?.[0] === 'conflict') {
    waiter.reject(conflict(outcome[1]));
  } else {
    waiter.reject(unavailable(outcome?.[1] ?? 'the writer did not answer'));
  }
}
