import { createLatencies, type Latencies } from './latencies.ts';

/** One operation of virtual user `worker`. Rejects when the answer is not what it must be: then the benchmark stops. */
export type Operation = (worker: number) => Promise<unknown>;

export interface Load {
  readonly operations: number;
  readonly seconds: number;
  readonly latencies: Latencies;
}

/**
 * Closed loop: each worker begins its next operation when the former one has ended, until the time is over. What is
 * under way then is finished and counted, with the time that it took.
 */
export async function runClosed(run: {
  readonly workers: number;
  readonly seconds: number;
  readonly operation: Operation;
}): Promise<Load> {
  const latencies = createLatencies();
  const startedMs = performance.now();
  const endsMs = startedMs + run.seconds * 1000;
  await Promise.all(
    Array.from({ length: run.workers }, async (_, worker) => {
      while (performance.now() < endsMs) {
        const beganMs = performance.now();
        await run.operation(worker);
        latencies.add(performance.now() - beganMs);
      }
    }),
  );
  return { operations: latencies.count, seconds: (performance.now() - startedMs) / 1000, latencies };
}

/**
 * Open loop: operations begin at a fixed rate whether or not the former ones have ended, as people do. Resolves when
 * the last one has ended, with the time of beginning (`seconds`) and of everything (`totalSeconds`). Bursts of a timer's step: no finer than a few milliseconds.
 */
export async function runOpen(run: {
  readonly perSecond: number;
  readonly seconds: number;
  readonly operation: (index: number) => Promise<unknown>;
}): Promise<{ readonly begun: number; readonly seconds: number; readonly totalSeconds: number }> {
  const underWay = new Set<Promise<unknown>>();
  const startedMs = performance.now();
  let begun = 0;
  for (let elapsed = 0; elapsed < run.seconds; elapsed = (performance.now() - startedMs) / 1000) {
    for (const due = Math.floor(elapsed * run.perSecond); begun < due; begun++) {
      const operation = run.operation(begun).finally(() => underWay.delete(operation));
      underWay.add(operation);
    }
    await new Promise(resolve => setTimeout(resolve, STEP_MS));
  }
  const elapsedSeconds = () => (performance.now() - startedMs) / 1000;
  const seconds = elapsedSeconds();
  await Promise.all(underWay);
  return { begun, seconds, totalSeconds: elapsedSeconds() };
}

const STEP_MS = 5;
