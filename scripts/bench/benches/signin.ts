import { planOf, compareOn, rate, speedRow, withBoth, type Bench } from '../harness/bench.ts';
import { signIn } from '../harness/flows.ts';
import { hashLimit } from '../harness/hash-limit.ts';
import { createVisitor } from '../harness/visitor.ts';

/** Issue 3, §8: the full sign-in flow against bare oidc-provider with the same hash. */
export const signin: Bench = {
  name: 'signin',
  title: 'Full sign-in: authorize, password, mailed code, tokens (32 at once)',
  async run(run) {
    const limit = await hashLimit(run.isQuick ? 0.5 : 2);
    const plan = planOf(run, 32, 4, 2.5);
    const comparison = await withBoth(run, plan.workers, (ours, peer) =>
      compareOn({ ours, peer }, plan, subject => worker => {
        const account = subject.accounts[worker];
        if (!account) throw new TypeError('an account per virtual user');
        // Each sign-in is a browser that has never been here.
        return signIn(subject, createVisitor(subject.wire), account);
      }),
    );
    const share = comparison.ours.perSecond / limit;
    return [
      speedRow('full sign-in, durable', comparison, 0.85),
      {
        what: 'share of the hash limit',
        ours: rate(comparison.ours.perSecond),
        peer: `${rate(limit)} argon2id alone`,
        reached: `${share.toFixed(2)} ×`,
        figures: { hashesPerSecond: limit, share },
      },
    ];
  },
};
