import { Worker } from 'node:worker_threads';
import { AppError } from '#kernel/index.ts';
import { parsePhc, type HashParameters } from './phc.ts';
import type { HashAnswer, HashTask } from './worker.ts';

export interface HasherSettings extends HashParameters {
  /** Hashes computed at the same time; each holds `memoryKiB` while it runs. */
  readonly threads: number;
  /** Hashes that may wait; beyond, the answer is 503. */
  readonly maxQueue: number;
}

/** Slow hashes of passwords, in threads of their own with a bounded queue. */
export interface Hasher {
  /**
   * A PHC string with a salt of its own. Throws `accounts.hashing_busy` (503, with `retryAfterSeconds`) when the
   * queue is full, `accounts.hashing_failed` (500) when the work could not be done.
   */
  hash(password: string): Promise<string>;
  /** True when `phc` is the hash of `password`; compares in constant time. Throws as `hash`, also on a text that is no hash. */
  verify(phc: string, password: string): Promise<boolean>;
  /** True when `phc` was made with other parameters than today's. */
  isOutdated(phc: string): boolean;
  /** Throws `accounts.hashing_busy` when nothing more would be taken now: asked before other work is done in vain. */
  assertFree(): void;
  readonly threads: number;
  /** Work that runs and waits now, for metrics. */
  load(): { readonly running: number; readonly waiting: number };
  /** Refuses new work, fails what waits and ends the threads. */
  close(): Promise<void>;
}

interface Job {
  readonly task: HashTask;
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: AppError) => void;
}

interface Slot {
  readonly worker: Worker;
  job: Job | undefined;
  startedMs: number;
}

/** First guess of one hash's duration, until some were measured. */
const USUAL_HASH_MS = 50;

/** Threads start with the first work and stay: a start without sign-ins costs neither time nor memory. */
export function createHasher(settings: HasherSettings): Hasher {
  const { threads, maxQueue, memoryKiB, passes, parallelism } = settings;
  const parameters: HashParameters = { memoryKiB, passes, parallelism };
  const slots = new Set<Slot>();
  const queue: Job[] = [];
  let hashMs = USUAL_HASH_MS;
  let isClosed = false;

  function startWorker(): Slot {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    const slot: Slot = { worker, job: undefined, startedMs: 0 };
    // A thread without work never keeps the process alive.
    worker.unref();
    worker.on('message', (answer: HashAnswer) => settle(slot, answer));
    worker.on('error', error => replace(slot, error.message));
    worker.on('exit', () => replace(slot, 'the thread ended'));
    slots.add(slot);
    return slot;
  }

  function settle(slot: Slot, answer: HashAnswer): void {
    const job = slot.job;
    slot.job = undefined;
    slot.worker.unref();
    hashMs += (performance.now() - slot.startedMs - hashMs) / 8;
    if (answer.ok) job?.resolve(answer.value);
    else job?.reject(failed(answer.message));
    pump();
  }

  /** A thread that died takes its work with it, and nothing else: the next work gets a new thread. */
  function replace(slot: Slot, reason: string): void {
    if (!slots.delete(slot)) return;
    slot.job?.reject(failed(reason));
    slot.job = undefined;
    pump();
  }

  function pump(): void {
    while (queue.length > 0 && !isClosed) {
      const idle = [...slots].find(slot => !slot.job) ?? (slots.size < threads ? startWorker() : undefined);
      const job = idle && queue.shift();
      if (!job) return;
      idle.job = job;
      idle.startedMs = performance.now();
      idle.worker.ref();
      idle.worker.postMessage(job.task);
    }
  }

  const running = () => [...slots].filter(slot => slot.job).length;
  const isFull = () => running() + queue.length >= threads + maxQueue;
  const busyNow = () => busy(Math.max(1, Math.ceil((queue.length * hashMs) / threads / 1000)));

  function submit(task: HashTask): Promise<string | boolean> {
    if (isClosed) return Promise.reject(failed('the pool is closed'));
    // INVARIANT: at most `threads` run and `maxQueue` wait, whatever the number of callers.
    if (isFull()) return Promise.reject(busyNow());
    return new Promise((resolve, reject) => {
      queue.push({ task, resolve, reject });
      pump();
    });
  }

  return {
    hash: async password => String(await submit({ kind: 'hash', password, parameters })),
    verify: async (phc, password) => (await submit({ kind: 'verify', password, phc })) === true,
    isOutdated(phc) {
      const stored = parsePhc(phc);
      return (
        stored?.memoryKiB !== memoryKiB || stored.passes !== passes || stored.parallelism !== parallelism
      );
    },
    assertFree() {
      if (isFull()) throw busyNow();
    },
    threads,
    load: () => ({ running: running(), waiting: queue.length }),
    async close() {
      isClosed = true;
      for (const job of queue.splice(0)) job.reject(failed('the pool is closed'));
      await Promise.all([...slots].map(({ worker }) => worker.terminate()));
    },
  };
}

function busy(retryAfterSeconds: number): AppError {
  return new AppError({
    code: 'accounts.hashing_busy',
    status: 503,
    publicMessage: 'Beaucoup de personnes se connectent en ce moment.',
    hint: 'Réessayez dans quelques instants.',
    retryAfterSeconds,
  });
}

function failed(detail: string): AppError {
  return new AppError({
    code: 'accounts.hashing_failed',
    status: 500,
    publicMessage: 'Le mot de passe n’a pas pu être vérifié.',
    detail,
  });
}
