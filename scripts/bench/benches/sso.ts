import {
  compareOn,
  planOf,
  rate,
  sharedCommitsRow,
  speedRow,
  withBoth,
  type Bench,
  type Row,
} from '../harness/bench.ts';
import { signInAll, singleSignOn } from '../harness/flows.ts';
import { readStoreCounts } from '../harness/store-metrics.ts';
import { measureWriters } from '../harness/store-writers.ts';
import { of, refreshChains } from './people.ts';

const WORKERS = 32;
const AIM = 0.6;

/** Issue 3, §8: single sign-on and refresh, durable, against bare oidc-provider in memory; commits that share an fsync. */
export const sso: Bench = {
  name: 'sso',
  title: 'Single sign-on and refresh, every write durable (32 at once)',
  async run(run) {
    const plan = planOf(run, WORKERS, 4);
    const rows = await withBoth(run, WORKERS, async (ours, peer) => {
      const signOn = await compareOn({ ours, peer }, plan, async subject => {
        const people = await signInAll(subject, WORKERS);
        return worker => singleSignOn(subject, of(people, worker).visitor);
      });
      const before = await readStoreCounts(ours);
      const refreshing = await compareOn({ ours, peer }, plan, async subject => {
        const chains = await refreshChains(subject, WORKERS);
        return chains.next;
      });
      return [
        speedRow('authorize with a session, then tokens', signOn, AIM),
        speedRow('refresh with rotation', refreshing, AIM),
        sharedCommitsRow('writes per fsync while refreshing', before, await readStoreCounts(ours)),
      ];
    });
    return [...rows, await writersRow(run.isQuick ? 0.5 : 2)];
  },
};

async function writersRow(seconds: number): Promise<Row> {
  const { perSecond, perCommit } = await measureWriters(WORKERS, seconds);
  return {
    what: `writes per fsync, store alone, ${WORKERS} writers`,
    ours: `${perCommit.toFixed(1)} (${rate(perSecond)})`,
    aim: '≥ 8',
    reached: perCommit.toFixed(1),
    isMet: perCommit >= 8,
    figures: { perSecond, perCommit },
  };
}
