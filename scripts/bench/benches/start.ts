import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ms, type Bench, type BenchRun, type Row } from '../harness/bench.ts';
import { median } from '../harness/latencies.ts';
import { startService } from '../harness/ours.ts';
import { residentMiB } from '../harness/process-usage.ts';

const READY_AIM_MS = 1500;
const MEMORY_AIM_MIB = 150;

/** Issue 3, §8: cold start to ready, and what the server's process holds when nothing happens. */
export const start: Bench = {
  name: 'start',
  title: 'Cold start (demo region) and idle memory',
  async run(run) {
    const starts = run.isQuick ? 1 : 5;
    const firstMs: number[] = [];
    const laterMs: number[] = [];
    const idleMiB: number[] = [];
    for (let round = 0; round < starts; round++) {
      const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
      try {
        const first = await oneStart(folder, run, 0);
        // A service idles long: the last round shows what it keeps once start-up garbage is gone.
        const later = await oneStart(folder, run, round === starts - 1 ? 5 : 0);
        firstMs.push(first.readyMs);
        laterMs.push(later.readyMs);
        if (round === starts - 1) idleMiB.push(later.memoryMiB);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return [
      readyRow('first start: new folder, keys, import of the region', firstMs),
      readyRow('start on existing data', laterMs),
      memoryRow(median(idleMiB)),
    ];
  },
};

async function oneStart(folder: string, run: BenchRun, idleSeconds: number) {
  const dataFolder = path.join(folder, 'data');
  const service = await startService({ dataFolder, profileFolder: run.profileFolder });
  try {
    if (idleSeconds > 0) await new Promise(resolve => setTimeout(resolve, idleSeconds * 1000));
    return { readyMs: service.readyMs, memoryMiB: await residentMiB(service.child.pid) };
  } finally {
    await service.child.stop();
  }
}

function readyRow(what: string, startsMs: readonly number[]): Row {
  const readyMs = median(startsMs);
  return {
    what,
    ours: `${ms(readyMs)} (${ms(Math.min(...startsMs))} to ${ms(Math.max(...startsMs))})`,
    aim: `< ${READY_AIM_MS} ms`,
    reached: ms(readyMs),
    isMet: readyMs < READY_AIM_MS,
    figures: { readyMs, startsMs },
  };
}

function memoryRow(memoryMiB: number): Row {
  return {
    what: 'memory after 5 s without requests',
    ours: `${memoryMiB.toFixed(0)} MiB`,
    aim: `< ${MEMORY_AIM_MIB} MiB`,
    reached: `${memoryMiB.toFixed(0)} MiB`,
    isMet: memoryMiB < MEMORY_AIM_MIB,
    figures: { memoryMiB },
  };
}
