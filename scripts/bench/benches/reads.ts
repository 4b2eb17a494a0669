import { compareOn, planOf, speedRow, withBoth, type Bench } from '../harness/bench.ts';
import { discovery, introspect, signInAll, userinfo } from '../harness/flows.ts';
import { of } from './people.ts';

const WORKERS = 32;
const AIM = 0.8;

/** Issue 3, §8: what relying parties ask most often. */
export const reads: Bench = {
  name: 'reads',
  title: 'Reads (32 at once)',
  async run(run) {
    const plan = planOf(run, WORKERS, 4, 1.5);
    return withBoth(run, WORKERS, async (ours, peer) => {
      const subjects = { ours, peer };
      const people = new Map([
        [ours.name, await signInAll(ours, WORKERS)],
        [peer.name, await signInAll(peer, WORKERS)],
      ]);
      const tokenOf = (name: 'ours' | 'peer', worker: number) =>
        of(people.get(name) ?? [], worker).tokens.accessToken;
      return [
        speedRow(
          'introspection',
          await compareOn(
            subjects,
            plan,
            subject => worker => introspect(subject, tokenOf(subject.name, worker)),
          ),
          AIM,
        ),
        speedRow(
          'userinfo',
          await compareOn(
            subjects,
            plan,
            subject => worker => userinfo(subject, tokenOf(subject.name, worker)),
          ),
          AIM,
        ),
        speedRow('discovery', await compareOn(subjects, plan, subject => () => discovery(subject)), AIM),
      ];
    });
  },
};
