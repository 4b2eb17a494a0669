import { createLatencies, median } from '../harness/latencies.ts';
import type { Engine } from './engines.ts';
import type { WorldRequest } from './world.ts';

export interface Speed {
  /** Per second of processor time of this thread, which what else runs on the machine does not lengthen. */
  readonly perSecond: number;
  /** Of one decision, measured over batches: the clock is no finer. */
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Decisions between two looks at the clock. */
const BATCH = 64;

/** One round of an engine over the first `count` requests. */
async function round(engine: Engine, requests: readonly WorldRequest[], count: number): Promise<Speed> {
  const latencies = createLatencies();
  const before = process.threadCpuUsage();
  for (let from = 0; from < count; from += BATCH) {
    const batchMs = performance.now();
    const end = Math.min(from + BATCH, count);
    for (let index = from; index < end; index += 1) {
      const request = requests[index % requests.length];
      const answer = request && engine.decide(request);
      // Only who answers later is waited for: a wait costs more than most decisions.
      if (typeof answer === 'object') await answer;
    }
    latencies.add(((performance.now() - batchMs) * 1000) / (end - from));
  }
  const { user, system } = process.threadCpuUsage(before);
  return {
    perSecond: (count * 1_000_000) / (user + system),
    p50Us: latencies.percentile(0.5),
    p99Us: latencies.percentile(0.99),
  };
}

/** Rounds of all engines in turn, after one of each; the medians, and each engine's median ratio to the first. */
export async function race(
  engines: readonly { readonly engine: Engine; readonly count: number }[],
  requests: readonly WorldRequest[],
  rounds: number,
): Promise<readonly (Speed & { readonly name: string; readonly ratio: number })[]> {
  const seen = engines.map(() => [] as Speed[]);
  for (let turn = 0; turn <= rounds; turn += 1)
    for (const [index, { engine, count }] of engines.entries()) {
      const speed = await round(engine, requests, count);
      // The first round compiles.
      if (turn > 0) seen[index]?.push(speed);
    }
  return engines.map(({ engine }, index) => {
    const own = seen[index] ?? [];
    const of = (figure: keyof Speed) => median(own.map(speed => speed[figure]));
    const ratios = own.map((speed, turn) => (seen[0]?.[turn]?.perSecond ?? NaN) / speed.perSecond);
    return {
      name: engine.name,
      perSecond: of('perSecond'),
      p50Us: of('p50Us'),
      p99Us: of('p99Us'),
      ratio: median(ratios),
    };
  });
}

/** Throws when two engines answer one of the requests otherwise: a wrong answer is no figure. */
export async function agree(engines: readonly Engine[], requests: readonly WorldRequest[]): Promise<number> {
  let permits = 0;
  for (const request of requests) {
    const answers = await Promise.all(engines.map(async engine => engine.decide(request)));
    if (new Set(answers).size !== 1)
      throw new Error(`the engines do not agree: ${JSON.stringify({ request, answers })}`);
    if (answers[0]) permits += 1;
  }
  return permits / requests.length;
}
