import {
  compareOn,
  planOf,
  rate,
  sharedCommitsRow,
  speedRow,
  withBoth,
  type Bench,
} from '../harness/bench.ts';
import { signIn } from '../harness/flows.ts';
import { hashLimit } from '../harness/hash-limit.ts';
import { residentMiB } from '../harness/process-usage.ts';
import { readStoreCounts } from '../harness/store-metrics.ts';
import { createVisitor } from '../harness/visitor.ts';
import { of } from './people.ts';

/** Issue 3, §8: the full sign-in flow against bare oidc-provider with the same hash. */
export const signin: Bench = {
  name: 'signin',
  title: 'Full sign-in: authorize, password, mailed code, tokens (32 at once)',
  async run(run) {
    const plan = planOf(run, 32, 5, 2.5);
    const hashSeconds = run.isQuick ? 0.5 : 2;
    const limitBefore = await hashLimit(hashSeconds);
    const rows = await withBoth(run, plan.workers, async (ours, peer) => {
      const before = await readStoreCounts(ours);
      // Each sign-in is a browser that has never been here.
      const comparison = await compareOn(
        { ours, peer },
        plan,
        subject => worker => signIn(subject, createVisitor(subject.wire), of(subject.accounts, worker)),
      );
      const memoryMiB = await residentMiB(ours.pid);
      return [
        speedRow('full sign-in, durable', comparison, 0.85),
        sharedCommitsRow('writes per fsync', before, await readStoreCounts(ours)),
        { what: 'memory after these sign-ins', ours: `${memoryMiB.toFixed(0)} MiB`, figures: { memoryMiB } },
      ];
    });
    // The better of two: a limit is what the machine can do when nobody disturbs it.
    const limit = Math.max(limitBefore, await hashLimit(hashSeconds));
    return [
      ...rows,
      { what: 'hash limit', ours: '', peer: `${rate(limit)} argon2id alone`, figures: { perSecond: limit } },
    ];
  },
};
