import { setTimeout as sleep } from 'node:timers/promises';
import type { Administration, Authority } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Acts } from '../../acts/perform.ts';
import { actorOf } from '../../acts/act.ts';
import { stillHolds } from '../../acts/author.ts';
import { asConfirmed } from '../../acts/fresh.ts';
import type { Deliveries } from '#notify/index.ts';
import type { PeopleActs } from '../../people/index.ts';
import { importEnded } from './events.ts';
import type { Imports } from './imports.ts';
import type { ChunkDoc, ImportDoc, ImportLine } from './line.ts';
import type { createLinePerformer } from './perform.ts';

interface Deps {
  readonly clock: Clock;
  readonly audit: Audit;
  readonly acts: Acts;
  readonly people: PeopleActs;
  readonly administration: Administration;
  readonly directory: Directory;
  readonly deliveries: Deliveries;
  readonly imports: Imports;
  readonly performLine: ReturnType<typeof createLinePerformer>;
}

/** Lines under way at once: each waits for some ten commits of the store, which they share. */
const AT_ONCE = 50;
/** After each part the others have their turn: what an import takes of the machine is bounded. */
const REST_SHARE = 0.15;
/** A turn of the job ends by then, so that the service stops when it is told to. */
const SLICE_MS = 5_000;
/** Who is told at a time, and how many of them at once: a sign-in waits behind two hashes at most. */
const PEOPLE_AT_A_TIME = 6;
const TOLD_AT_ONCE = 2;
/** Mails that wait at a moment: with more, the code of somebody who signs in would wait behind them. */
const MOST_MAILS_WAITING = 8;
const BUSY_PAUSE_MS = 250;

/** Does the imports that were confirmed, one after the other, in slices. */
export interface ImportRunner {
  /** One turn, under a lease of `jobs/`. */
  run(): Promise<void>;
}

export function createImportRunner(deps: Deps): ImportRunner {
  const { clock, audit, acts, people, administration, directory, deliveries, imports, performLine } = deps;

  async function performChunk(job: ImportDoc, authority: Authority): Promise<void> {
    const chunk = await imports.chunk(job.id, job.nextChunk);
    const done = chunk && (await performLines(chunk, line => performLine(line, { job, authority })));
    // ORDER: the lines first: a stop in between does them again, which changes nothing.
    if (done) await imports.putChunk(done);
    const count = (state: ImportLine['state']) =>
      done?.lines.filter(line => line.state === state).length ?? 0;
    await imports.update(job.id, doc =>
      doc.nextChunk === job.nextChunk
        ? {
            ...doc,
            nextChunk: doc.nextChunk + 1,
            done: doc.done + count('done'),
            failed: doc.failed + count('failed'),
            left: doc.left + count('left'),
            toAnnounce: doc.toAnnounce + (done?.lines.filter(({ isOpened }) => isOpened).length ?? 0),
          }
        : doc,
    );
  }

  async function performLines(
    chunk: ChunkDoc,
    perform: (line: ImportLine) => Promise<ImportLine>,
  ): Promise<ChunkDoc> {
    const lines = [...chunk.lines];
    const doAt = async (index: number) => {
      const line = lines[index];
      if (line?.state === 'waiting') lines[index] = await perform(line);
    };
    const own = [...lines.keys()].filter(index => lines[index]?.sameAsLine === undefined);
    await inLanes(AT_ONCE, own, doAt);
    // Lines that add to a person of another line come after it, one by one.
    for (const [index, line] of lines.entries()) if (line.sameAsLine !== undefined) await doAt(index);
    return { ...chunk, lines };
  }

  /** True while mails wait for their first try. */
  async function isMailCrowded(): Promise<boolean> {
    const { items } = await deliveries.list('due', { limit: 10 * MOST_MAILS_WAITING });
    return items.filter(({ attempts }) => attempts === 0).length > MOST_MAILS_WAITING;
  }

  /** Resolves to whether there may be more. */
  async function announceSome(job: ImportDoc): Promise<boolean> {
    if (await isMailCrowded()) {
      await sleep(BUSY_PAUSE_MS);
      return true;
    }
    const { items } = await imports.announcements.next(job.id, PEOPLE_AT_A_TIME);
    const waiting = items.map(({ id }) => id);
    let told = 0;
    await inLanes(TOLD_AT_ONCE, waiting, async sub => {
      if (await announce(job, sub)) told += 1;
      await imports.announcements.remove(sub);
    });
    if (items.length > 0)
      await imports.update(job.id, doc => ({
        ...doc,
        announced: doc.announced + told,
        unreached: doc.unreached + items.length - told,
      }));
    return items.length > 0;
  }

  /** False when the mails are refused for good: the account is there, and a new password may be sent from its page. */
  async function announce(job: ImportDoc, sub: string): Promise<boolean> {
    const circumstances = { via: 'file', source: job.source, reason: `Import « ${job.fileName} »` } as const;
    for (;;) {
      try {
        await acts.perform(
          asConfirmed(job.administrator, clock),
          people.account.firstPassword,
          { sub },
          circumstances,
        );
        return true;
      } catch (error) {
        if (!isAppError(error)) throw error;
        if (error.status < 500) return false;
        if (error.code !== 'accounts.hashing_busy') throw error;
        // Everybody signs in just now: they come first.
        await sleep(BUSY_PAUSE_MS);
      }
    }
  }

  /** Resolves to whether there is more to do. */
  async function step(id: string): Promise<boolean> {
    const job = await imports.get(id);
    if (job?.state !== 'running') return false;
    const authority = await administration.authorityOf(job.administrator);
    // SECURITY: whoever lost their office meanwhile does nothing more, half done or not.
    if (authority.offices.length === 0 || !(await stillHolds(job.administrator, directory))) {
      await imports.update(id, doc =>
        doc.state === 'running' ? { ...doc, state: 'stopped', stoppedBy: 'rights' } : doc,
      );
      return false;
    }
    if (job.nextChunk < job.chunks) {
      const startedMs = performance.now();
      await performChunk(job, authority);
      await sleep((performance.now() - startedMs) * REST_SHARE);
      return true;
    }
    if (await announceSome(job)) return true;
    const ended = await imports.update(id, doc =>
      doc.state === 'running' ? { ...doc, state: 'done', endedAtMs: clock.nowMs() } : doc,
    );
    if (ended?.state === 'done')
      await audit.record(importEnded, {
        actor: actorOf(job.administrator),
        source: job.source,
        outcome: 'success',
        data: {
          import: id,
          file: job.fileName,
          lines: job.lines,
          done: ended.done,
          failed: ended.failed,
          left: ended.left,
        },
      });
    return false;
  }

  return {
    async run() {
      const endsMs = performance.now() + SLICE_MS;
      for (const { id } of await imports.running())
        while (performance.now() < endsMs) if (!(await step(id))) break;
    },
  };
}

/** Does all, `lanes` at once; rejects with the first failure when nothing is under way any more. */
async function inLanes<T>(
  lanes: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const settled = await Promise.allSettled(
    Array.from({ length: lanes }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    }),
  );
  for (const lane of settled) if (lane.status === 'rejected') throw lane.reason;
}
