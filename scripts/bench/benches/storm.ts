import { ms, rate, type Bench, type BenchRun, type Row } from '../harness/bench.ts';
import { FlowError, clientCredentials, signIn, signInAll, singleSignOn } from '../harness/flows.ts';
import { createLatencies, type Latencies } from '../harness/latencies.ts';
import { runClosed, runOpen } from '../harness/load.ts';
import { cpuMs } from '../harness/process-usage.ts';
import { startOurs } from '../harness/ours.ts';
import { NETWORK, PATIENT_KEY } from '../harness/region.ts';
import type { BenchAccount, Subject } from '../harness/subject.ts';
import { createVisitor } from '../harness/visitor.ts';
import { of } from './people.ts';

const TIMES_CAPACITY = 5;
const AIM_P99_MS = 200;
/** Browsers at once, each with an account of its own. */
const CROWD = 1024;
/** People who work while the crowd signs in. */
const REGULARS = 16;
const SIGN_ONS_PER_SECOND = 25;
const DECISIONS_PER_SECOND = 50;

/** Issue 3, §8: a sign-in storm is answered or refused, and nobody who is signed in notices. */
export const storm: Bench = {
  name: 'storm',
  title: `Sign-ins at ${TIMES_CAPACITY} × what the machine can do`,
  async run(run) {
    const ours = await startOurs({ accounts: CROWD + REGULARS, profileFolder: run.profileFolder });
    try {
      return await weather(ours, run);
    } finally {
      await ours.stop();
    }
  },
};

async function weather(ours: Subject, run: BenchRun): Promise<readonly Row[]> {
  const seconds = run.isQuick ? 2 : 8;
  const crowd = ours.accounts.slice(REGULARS);
  const regulars = await signInAll(ours, REGULARS);
  const decide = decisions(
    ours,
    regulars.map(({ tokens }) => sidOf(tokens.idToken)),
    await clientCredentials(ours),
  );
  const signOn = (index: number) => singleSignOn(ours, of(regulars, index).visitor);

  /** The regulars' work for a while: each operation timed from the moment at which it was due. */
  async function dailyWork(): Promise<{ signOns: Latencies; decided: Latencies }> {
    const [signOns, decided] = [createLatencies(), createLatencies()];
    await Promise.all([
      runOpen({ perSecond: SIGN_ONS_PER_SECOND, seconds, operation: timed(signOns, signOn) }),
      runOpen({ perSecond: DECISIONS_PER_SECOND, seconds, operation: timed(decided, decide) }),
    ]);
    return { signOns, decided };
  }

  const capacity = await signInCapacity(ours, crowd, run.isQuick ? 1 : 3);
  const calm = await dailyWork();
  const attempts = crowdOf(ours, crowd);
  const cpuBefore = await cpuMs(ours.pid);
  const [stormy, storm] = await Promise.all([
    dailyWork(),
    runOpen({ perSecond: capacity * TIMES_CAPACITY, seconds, operation: attempts.one }),
  ]);
  const cpuPerSecond = ((await cpuMs(ours.pid)) - cpuBefore) / storm.totalSeconds;
  const { completed, busy, wrong } = attempts.outcomes;
  return [
    {
      what: 'attempts: only signed in (200, 303) or busy (503)',
      ours: `${rate(storm.begun / storm.seconds)}: ${completed} signed in, ${busy} busy, ${wrong.length} else`,
      peer: `${rate(capacity)} capacity`,
      aim: '0 else',
      reached: `${wrong.length} else`,
      isMet: wrong.length === 0,
      figures: { capacity, begun: storm.begun, completed, busy, wrong: wrong.slice(0, 20), cpuPerSecond },
    },
    latencyRow('single sign-on meanwhile', stormy.signOns, calm.signOns),
    latencyRow('access decisions meanwhile', stormy.decided, calm.decided),
  ];
}

const timed =
  (latencies: Latencies, operation: (index: number) => Promise<unknown>) => async (index: number) => {
    const beganMs = performance.now();
    await operation(index);
    latencies.add(performance.now() - beganMs);
  };

async function signInCapacity(
  subject: Subject,
  crowd: readonly BenchAccount[],
  seconds: number,
): Promise<number> {
  const load = await runClosed({
    workers: 32,
    seconds,
    operation: worker => signIn(subject, createVisitor(subject.wire), of(crowd, worker)),
  });
  return load.operations / load.seconds;
}

/** People who come without waiting for each other, each with a browser and an account that nobody else uses meanwhile. */
function crowdOf(subject: Subject, accounts: readonly BenchAccount[]) {
  const free = [...accounts];
  const outcomes = { completed: 0, busy: 0, wrong: [] as string[] };
  return {
    outcomes,
    async one(): Promise<void> {
      const account = free.shift();
      if (!account) return void outcomes.wrong.push(`more than ${accounts.length} sign-ins under way`);
      try {
        await signIn(subject, createVisitor(subject.wire), account);
        outcomes.completed++;
      } catch (error) {
        if (error instanceof FlowError && error.status === 503) outcomes.busy++;
        else outcomes.wrong.push(String(error));
      }
      free.push(account);
    },
  };
}

/** Asks whether a regular may read the bench record, in their live session. */
function decisions(ours: Subject, sids: readonly string[], bearer: string) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  return async (index: number): Promise<void> => {
    const worker = index % sids.length;
    const body = JSON.stringify({
      subject: { type: 'account', id: of(ours.accounts, worker).sub },
      action: { name: 'read' },
      resource: { type: 'patient_record', id: PATIENT_KEY, properties: { network: NETWORK } },
      context: { sid: sids[worker] },
    });
    const answer = await ours.wire.ask('/access/v1/evaluation', { method: 'POST', headers, body });
    if (answer.status !== 200 || !answer.body.includes('"decision":true'))
      throw new FlowError('the access decision', answer);
  };
}

function sidOf(idToken: string): string {
  const payload = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as {
    sid?: string;
  };
  if (payload.sid === undefined) throw new Error('the ID token has no sid');
  return payload.sid;
}

function latencyRow(what: string, stormy: Latencies, calm: Latencies): Row {
  const p99Ms = stormy.percentile(0.99);
  return {
    what,
    ours: `p50 ${ms(stormy.percentile(0.5))}, p99 ${ms(p99Ms)}`,
    peer: `p99 ${ms(calm.percentile(0.99))} without storm`,
    aim: `p99 < ${AIM_P99_MS} ms`,
    reached: ms(p99Ms),
    isMet: p99Ms < AIM_P99_MS,
    figures: { p50Ms: stormy.percentile(0.5), p99Ms, calmP99Ms: calm.percentile(0.99), count: stormy.count },
  };
}
