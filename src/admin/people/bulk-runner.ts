import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError, type AppError } from '#kernel/index.ts';
import { actorOf, type Act } from '../acts/act.ts';
import type { AdminContext } from '../context.ts';
import { STEP_UPS } from '../desk.ts';
import { bulkEnded, countIn, type BulkLine, type BulkRun, type BulkRuns } from './bulk-runs.ts';
import type { PeopleActs } from './index.ts';

/** A turn of the job ends by then, so that the service stops when it is told to. */
const SLICE_MS = 5_000;
const BUSY_PAUSE_MS = 250;

/** What an act on several people is made of. */
export interface BulkRunner {
  /** The act of a run, as its preview judges it. */
  actOf(action: string): Act | undefined;
  inputOf(run: Pick<BulkRun, 'held'>, sub: string): object;
  /** One turn, under a lease of `jobs/`. */
  run(): Promise<void>;
}

/**
 * Does the acts on several people that were confirmed: one run after the other, one person after the other, so that it
 * never slows the sign-ins of others. Each person is judged and recorded apart, under the rights of this moment, as if
 * the act were done from their page. After a stop of the process the next turn goes on with the person it was at.
 */
export function createBulkRunner(
  deps: Pick<AdminContext, 'accounts' | 'acts' | 'administration' | 'audit' | 'directory'> & {
    readonly people: PeopleActs;
    readonly runs: BulkRuns;
  },
): BulkRunner {
  const { accounts, acts, administration, audit, directory, people, runs } = deps;
  const actsByAction: Readonly<Record<string, Act>> = {
    suspend: people.account.suspend,
    reactivate: people.account.reactivate,
    'end-sessions': people.account.endSessions,
    open: people.account.open,
    give: people.membership.give,
  };
  const inputOf = ({ held }: Pick<BulkRun, 'held'>, sub: string) => ({ sub, ...held });

  const setLine = (id: string, line: BulkLine) =>
    runs.update(id, run => ({
      ...run,
      lines: run.lines.map(before => (before.sub === line.sub ? line : before)),
    }));

  async function does(run: BulkRun, act: Act, input: object): Promise<BulkLine['state']> {
    const outcome = await acts.perform(run.administrator, act, input, {
      via: 'page',
      source: run.source,
      ...(run.reason !== '' && { reason: run.reason }),
    });
    if (outcome.state === 'proposed') return 'proposed';
    return Object.keys(outcome.changes).length === 0 ? 'same' : 'done';
  }

  /** ORDER: noted between the account and its mails: after a stop in between they are still sent, and to nobody else. */
  async function open(run: BulkRun, { sub, state }: BulkLine): Promise<BulkLine['state']> {
    if (state === 'waiting') {
      if ((await accounts.loginOf(sub)) === null) await setLine(run.id, { sub, state: 'begun' });
      if ((await does(run, people.account.openWithoutMails, { sub })) === 'same') return 'same';
    } else await does(run, people.account.openWithoutMails, { sub });
    await does(run, people.account.firstPassword, { sub });
    return 'done';
  }

  /** Rejects with what may pass by itself (503), and with what asks for another sign-in. */
  async function perform(run: BulkRun, line: BulkLine): Promise<BulkLine> {
    const { sub } = line;
    const act = actsByAction[run.action];
    try {
      if (!act) return { sub, state: 'refused' };
      return {
        sub,
        state: run.action === 'open' ? await open(run, line) : await does(run, act, inputOf(run, sub)),
      };
    } catch (error) {
      if (!isAppError(error) || error.status >= 500 || STEP_UPS[error.code]) throw error;
      const authority = await administration.authorityOf(run.administrator);
      const person = await directory.professionals.get(sub);
      return {
        sub,
        state: 'refused',
        why: whyOf(error, person !== null && authority.reaches('account', 'read', person)),
      };
    }
  }

  const stop = (id: string, stoppedBy: NonNullable<BulkRun['stoppedBy']>) =>
    runs.update(id, run => (run.state === 'running' ? { ...run, state: 'stopped', stoppedBy } : run));

  async function end(run: BulkRun): Promise<void> {
    const ended = await runs.update(run.id, before =>
      before.state === 'running' ? { ...before, state: 'done' } : before,
    );
    if (ended?.state !== 'done') return;
    await audit.record(bulkEnded, {
      actor: actorOf(run.administrator),
      source: run.source,
      outcome: 'success',
      data: {
        run: run.id,
        act: actsByAction[run.action]?.name,
        lines: ended.lines.length,
        done: countIn(ended, 'done', 'proposed'),
        failed: countIn(ended, 'refused'),
      },
    });
  }

  /** Resolves to whether there is more to do. */
  async function step(id: string): Promise<boolean> {
    const run = await runs.get(id);
    if (run?.state !== 'running') return false;
    const line = run.lines.find(({ state }) => state === 'waiting' || state === 'begun');
    if (!line) {
      await end(run);
      return false;
    }
    // SECURITY: whoever lost their office meanwhile does nothing more, half done or not.
    if ((await administration.authorityOf(run.administrator)).offices.length === 0) {
      await stop(id, 'rights');
      return false;
    }
    try {
      await setLine(id, await perform(run, line));
      return true;
    } catch (error) {
      if (!isAppError(error)) throw error;
      if (STEP_UPS[error.code]) {
        await stop(id, 'sign_in');
        return false;
      }
      if (error.code !== 'accounts.hashing_busy') throw error;
      // Everybody signs in just now: they come first.
      await sleep(BUSY_PAUSE_MS);
      return true;
    }
  }

  return {
    actOf: action => actsByAction[action],
    inputOf,
    async run() {
      const endsMs = performance.now() + SLICE_MS;
      for (const { id } of await runs.running())
        while (performance.now() < endsMs) if (!(await step(id))) break;
    },
  };
}

/** Somebody who is seen is not said to be nobody: what is missing is the right over the whole account. */
export function whyOf({ code, publicMessage }: AppError, isSeen: boolean): string {
  return isSeen && code === 'admin.not_found'
    ? 'Cet acte revient à l’administrateur régional.'
    : publicMessage;
}
