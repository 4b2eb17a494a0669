import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { createLeases } from './leases.ts';
import { reapStore } from './reaping.ts';

/** The part of the application's logger that this module uses. */
export interface JobsLogger {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Jobs {
  /**
   * Runs `run` once per period of `seconds`, on one instance. Periods are counted from the epoch, so that a long run
   * does not shift the next ones; a run longer than its period skips the turns that it covers. What `run` throws is
   * logged, and the next turn comes. Throws `TypeError` on a name taken or a period under a second.
   */
  every(name: string, seconds: number, run: () => Promise<void>): void;
  /**
   * The same on every instance, without a lease: work on what the process itself holds. The first run begins at once.
   * `run` ends early when `isStopping`.
   */
  everyHere(name: string, seconds: number, run: (isStopping: () => boolean) => Promise<void>): void;
  /** Begins; a job whose turn has passed while nobody ran starts at once. */
  start(): void;
  /** Runs a job now, whatever its turn; `false` when another holds its lease. Rejects with what the job throws. */
  runNow(name: string): Promise<boolean>;
  /** How the jobs have fared in this process, in the order of their registration. */
  records(): readonly JobRecord[];
  /** No new run; resolves when the running ones have ended. */
  stop(): Promise<void>;
}

/** What this process knows of a job; another instance may have done its last turn. */
export interface JobRecord {
  readonly name: string;
  readonly periodSeconds: number;
  /** Runs that failed, turns whose lease could not be asked for included. */
  readonly failed: number;
  /** Epoch seconds. Before the first run that ended well: when the job was registered, from when on one is awaited. */
  readonly succeededAt: number;
  /** Epoch seconds. */
  readonly failedAt?: number;
}

interface Job {
  readonly name: string;
  readonly periodMs: number;
  readonly run: (isStopping: () => boolean) => Promise<void>;
  readonly isLeased: boolean;
  failed: number;
  succeededAt: number;
  failedAt?: number;
  timer?: NodeJS.Timeout;
}

/** `setTimeout` overflows at 24.8 days; a longer wait is cut into these. */
const LONGEST_WAIT_MS = 3_600_000;

const REAPING_SECONDS = 60;

export function createJobs(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger?: JobsLogger;
}): Jobs {
  const { store, clock, logger } = deps;
  const leases = createLeases(store, clock);
  const jobs = new Map<string, Job>();
  const running = new Set<Promise<unknown>>();
  let isRunning = false;
  let isStopped = false;

  const turnOf = ({ periodMs }: Job) => Math.floor(clock.nowMs() / periodMs);

  async function runOnce(job: Job, turn: number | null): Promise<boolean> {
    try {
      const hasRun = await runLeased(job, turn);
      if (hasRun) job.succeededAt = clock.now();
      return hasRun;
    } catch (error) {
      job.failed += 1;
      job.failedAt = clock.now();
      throw error;
    }
  }

  async function runLeased(job: Job, turn: number | null): Promise<boolean> {
    const lease = job.isLeased ? await leases.take(job.name, turn) : undefined;
    if (lease === null) return false;
    const startedMs = clock.nowMs();
    try {
      await job.run(() => isStopped);
    } finally {
      await lease?.release();
    }
    logger?.debug({ job: job.name, ms: clock.nowMs() - startedMs }, 'job done');
    return true;
  }

  function track<T>(run: Promise<T>): Promise<T> {
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    running.add(settled);
    void settled.then(() => running.delete(settled));
    return run;
  }

  async function takeTurn(job: Job): Promise<void> {
    try {
      await track(runOnce(job, turnOf(job)));
    } catch (error) {
      const code = isAppError(error) ? error.code : undefined;
      logger?.error({ job: job.name, code, err: error }, 'a job failed; its next turn will come');
    }
  }

  function schedule(job: Job): void {
    if (isStopped) return;
    const waitMs = job.periodMs - (clock.nowMs() % job.periodMs);
    const turn = turnOf(job);
    job.timer = setTimeout(
      () => {
        const isDue = turnOf(job) > turn;
        void (isDue ? takeTurn(job) : Promise.resolve()).then(() => schedule(job));
      },
      Math.min(waitMs, LONGEST_WAIT_MS),
    ).unref();
  }

  function begin(job: Job): void {
    void takeTurn(job).then(() => schedule(job));
  }

  function register(name: string, seconds: number, run: Job['run'], isLeased: boolean): void {
    if (jobs.has(name)) throw new TypeError(`the job ${name} is registered twice`);
    if (!(seconds >= 1)) throw new TypeError(`the job ${name} needs a period of a second or more`);
    const job: Job = {
      name,
      periodMs: seconds * 1000,
      run,
      isLeased,
      failed: 0,
      succeededAt: clock.now(),
    };
    jobs.set(name, job);
    if (isRunning) begin(job);
  }

  const all: Jobs = {
    every: (name, seconds, run) => register(name, seconds, run, true),
    everyHere: (name, seconds, run) => register(name, seconds, run, false),
    start() {
      if (isRunning || isStopped) return;
      isRunning = true;
      for (const job of jobs.values()) begin(job);
    },
    runNow(name) {
      const job = jobs.get(name);
      if (job === undefined) throw new TypeError(`there is no job ${name}`);
      if (isStopped) return Promise.resolve(false);
      return track(runOnce(job, null));
    },
    records: () =>
      Array.from(jobs.values(), ({ name, periodMs, failed, succeededAt, failedAt }) => ({
        name,
        periodSeconds: periodMs / 1000,
        failed,
        succeededAt,
        ...(failedAt !== undefined && { failedAt }),
      })),
    async stop() {
      isStopped = true;
      for (const { timer } of jobs.values()) clearTimeout(timer);
      while (running.size > 0) await Promise.all(running);
    },
  };
  all.every('jobs.reaping', REAPING_SECONDS, () => reapStore(store, () => isStopped));
  return all;
}
