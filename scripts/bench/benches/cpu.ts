import { compareOn, cpuRow, planOf, withBoth, type Bench } from '../harness/bench.ts';
import { clientCredentials, introspect, signInAll, singleSignOn } from '../harness/flows.ts';
import { of, refreshChains } from './people.ts';

const WORKERS = 8;
const AIM = 1.5;

/** Issue 3, §8: processor time of the server's process per operation, all its threads, against bare oidc-provider. */
export const cpu: Bench = {
  name: 'cpu',
  title: 'Processor time of the server per operation (8 at once)',
  async run(run) {
    const plan = planOf(run, WORKERS, 3, 1.3);
    return withBoth(run, WORKERS, async (ours, peer) => {
      const subjects = { ours, peer };
      return [
        cpuRow(
          'single sign-on',
          await compareOn(subjects, plan, async subject => {
            const people = await signInAll(subject, WORKERS);
            return worker => singleSignOn(subject, of(people, worker).visitor);
          }),
          AIM,
        ),
        cpuRow(
          'refresh',
          await compareOn(subjects, plan, async subject => (await refreshChains(subject, WORKERS)).next),
          AIM,
        ),
        cpuRow(
          'client credentials',
          await compareOn(subjects, plan, subject => () => clientCredentials(subject)),
          AIM,
        ),
        cpuRow(
          'introspection',
          await compareOn(subjects, plan, async subject => {
            const token = await clientCredentials(subject);
            return () => introspect(subject, token);
          }),
          AIM,
        ),
      ];
    });
  },
};
