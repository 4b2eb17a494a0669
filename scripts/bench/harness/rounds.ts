import { median } from './latencies.ts';
import { runClosed, type Operation } from './load.ts';
import { cpuMs } from './process-usage.ts';

/** A server under load: which process it is, and what one operation on it does. */
export interface Side {
  readonly pid: number;
  readonly operation: Operation;
}

/** What one side reached; each figure is the median of its rounds. */
export interface Reached {
  readonly perSecond: number;
  /** Processor time of the server's process per operation. */
  readonly cpuMsPerOperation: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface Comparison {
  readonly ours: Reached;
  readonly peer: Reached;
  /** Ours over the peer's, throughput: the median over pairs of neighbouring rounds, which a drift of the machine spares. */
  readonly speedRatio: number;
  /** The same of processor time. */
  readonly cpuRatio: number;
}

export interface Plan {
  readonly workers: number;
  /** Pairs of rounds. */
  readonly rounds: number;
  readonly secondsPerRound: number;
}

/** A fresh process still compiles during its first thousands of requests: the second round is a quarter faster than the first. */
const WARM_UP_ROUNDS = 2;

/** Measures ours and the peer in turn, ours first, after a warm-up of each. */
export async function compare(sides: { ours: Side; peer: Side }, plan: Plan): Promise<Comparison> {
  const { ours, peer } = sides;
  for (let round = 0; round < WARM_UP_ROUNDS; round++)
    for (const side of [ours, peer]) await measure(side, plan);
  const pairs: { ours: Reached; peer: Reached }[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    pairs.push({ ours: await measure(ours, plan), peer: await measure(peer, plan) });
  }
  return summarise(pairs);
}

/** Medians of the pairs, and the medians of their ratios. */
export function summarise(pairs: readonly { readonly ours: Reached; readonly peer: Reached }[]): Comparison {
  return {
    ours: medians(pairs.map(pair => pair.ours)),
    peer: medians(pairs.map(pair => pair.peer)),
    speedRatio: median(pairs.map(pair => pair.ours.perSecond / pair.peer.perSecond)),
    cpuRatio: median(pairs.map(pair => pair.ours.cpuMsPerOperation / pair.peer.cpuMsPerOperation)),
  };
}

/** One round of one side. */
export async function measure({ pid, operation }: Side, plan: Plan): Promise<Reached> {
  const before = await cpuMs(pid);
  const load = await runClosed({ workers: plan.workers, seconds: plan.secondsPerRound, operation });
  const after = await cpuMs(pid);
  return {
    perSecond: load.operations / load.seconds,
    cpuMsPerOperation: (after - before) / load.operations,
    p50Ms: load.latencies.percentile(0.5),
    p95Ms: load.latencies.percentile(0.95),
    p99Ms: load.latencies.percentile(0.99),
  };
}

function medians(rounds: readonly Reached[]): Reached {
  const of = (figure: keyof Reached) => median(rounds.map(round => round[figure]));
  return {
    perSecond: of('perSecond'),
    cpuMsPerOperation: of('cpuMsPerOperation'),
    p50Ms: of('p50Ms'),
    p95Ms: of('p95Ms'),
    p99Ms: of('p99Ms'),
  };
}
