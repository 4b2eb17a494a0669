import { completeBlocks } from './recent/keeping.ts';
import { dropExpired, type KeptMonths } from './sealed/retention.ts';
import { sealDays, type SealingDeps } from './sealed/sealing.ts';
import { settleDays, sweepEditions } from './sealed/settling.ts';
import { thinCheckpoints } from './thinning.ts';

/** How long lines are kept, and when their days are sealed. */
export interface KeepingRules {
  readonly sealAfterDays: number;
  readonly months: KeptMonths;
}

/** What one run did. */
export interface KeepingReport {
  readonly sealedDays: number;
  readonly droppedLines: number;
}

const DAY_MS = 86_400_000;

/**
 * The log in the long run: days that are over are sealed, compact and signed, and lose the lines whose time is over; their
 * checkpoints are thinned. Called every hour by `jobs`, under a lease; two at once do no harm, the slower one's work is thrown away. Each step changes
 * what counts in one write and can be interrupted at any instant: the next run goes on.
 */
export async function keepLog(deps: SealingDeps, rules: KeepingRules): Promise<KeepingReport> {
  await completeBlocks(deps.store);
  // ORDER: what an earlier run left unfinished comes first; a day is sealed from where its chains were noted to stand.
  await settleDays(deps);
  const untilMs = deps.clock.nowMs() - rules.sealAfterDays * DAY_MS;
  const sealedDays = await sealDays(deps, untilMs);
  const droppedLines = await dropExpired(deps, rules.months);
  await sweepEditions(deps);
  await thinCheckpoints(deps, untilMs);
  return { sealedDays, droppedLines };
}
