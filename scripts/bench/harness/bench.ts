import { startOurs, type OurServer } from './ours.ts';
import { startPeer } from './peer.ts';
import { compare, type Comparison, type Plan, type Side } from './rounds.ts';
import type { StoreCounts } from './store-metrics.ts';
import type { Subject } from './subject.ts';

/** One question asked of the product; `run` answers it with rows of the table. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  run(run: BenchRun): Promise<readonly Row[]>;
}

export interface BenchRun {
  /** Shorter rounds and fewer of them: shows that the benchmark works, measures little. */
  readonly isQuick: boolean;
  /** Where processor profiles of our servers go. */
  readonly profileFolder: string | undefined;
  /** How many lines of the decision log, when it is not the usual number. */
  readonly lines: number | undefined;
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  /** What is measured beside: the peer, or a limit of the machine. */
  readonly peer?: string;
  readonly aim?: string;
  readonly reached?: string;
  /** Absent when there is no aim: a figure to read. */
  readonly isMet?: boolean;
  /** The bare figures, for `--json`. */
  readonly figures: Readonly<Record<string, unknown>>;
}

/** The usual plan: five pairs of rounds of two seconds, or one short pair. */
export function planOf(run: BenchRun, workers: number, rounds = 5, secondsPerRound = 2): Plan {
  return run.isQuick ? { workers, rounds: 1, secondsPerRound: 0.5 } : { workers, rounds, secondsPerRound };
}

/** Starts both servers, hands them over, and ends them whatever happens. */
export async function withBoth<T>(
  run: BenchRun,
  accounts: number,
  use: (ours: OurServer, peer: Subject) => Promise<T>,
): Promise<T> {
  const ours = await startOurs({ accounts, profileFolder: run.profileFolder });
  try {
    const peer = await startPeer({ accounts });
    try {
      return await use(ours, peer);
    } finally {
      await peer.stop();
    }
  } finally {
    await ours.stop();
  }
}

/** Compares one operation on both sides; `prepare` makes the operation of a side. */
export async function compareOn(
  subjects: { readonly ours: Subject; readonly peer: Subject },
  plan: Plan,
  prepare: (subject: Subject) => Promise<Side['operation']> | Side['operation'],
): Promise<Comparison> {
  const side = async (subject: Subject): Promise<Side> => ({
    pid: subject.pid,
    operation: await prepare(subject),
  });
  return compare({ ours: await side(subjects.ours), peer: await side(subjects.peer) }, plan);
}

/** A row whose aim is a share of the peer's throughput. */
export function speedRow(what: string, comparison: Comparison, aim: number): Row {
  const { ours, peer, speedRatio } = comparison;
  return {
    what,
    ours: `${rate(ours.perSecond)} (p99 ${ms(ours.p99Ms)}, ${cpu(ours.cpuMsPerOperation)})`,
    peer: `${rate(peer.perSecond)} (p99 ${ms(peer.p99Ms)}, ${cpu(peer.cpuMsPerOperation)})`,
    aim: `≥ ${aim} × peer`,
    reached: `${speedRatio.toFixed(3)} ×`,
    isMet: speedRatio >= aim,
    figures: { ...comparison },
  };
}

/** A row whose aim is a multiple of the peer's processor time. */
export function cpuRow(what: string, comparison: Comparison, aim: number): Row {
  const { ours, peer, cpuRatio } = comparison;
  return {
    what,
    ours: cpu(ours.cpuMsPerOperation),
    peer: cpu(peer.cpuMsPerOperation),
    aim: `≤ ${aim} × peer`,
    reached: `${cpuRatio.toFixed(3)} ×`,
    isMet: cpuRatio <= aim,
    figures: { ...comparison },
  };
}

/** A row to read: how many writes of the product shared one durable commit between two looks at its store. */
export function sharedCommitsRow(what: string, before: StoreCounts, after: StoreCounts): Row {
  const operations = after.operations - before.operations;
  const commits = after.commits - before.commits;
  return { what, ours: (operations / commits).toFixed(1), figures: { operations, commits } };
}

export const rate = (perSecond: number) => `${perSecond.toFixed(perSecond < 100 ? 1 : 0)}/s`;
export const ms = (milliseconds: number) => `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
export const cpu = (milliseconds: number) => `${milliseconds.toFixed(2)} ms CPU`;
