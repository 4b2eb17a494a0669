import type { Administrator } from '#access/index.ts';
import { defineEvent } from '#audit/index.ts';
import { isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { membershipInput } from './membership-pages.ts';

/** What became, or would become, of one person. */
export interface BulkLine {
  readonly sub: string;
  /** `begun`: the account is open, its mails are to follow. */
  readonly state: 'waiting' | 'begun' | 'done' | 'same' | 'proposed' | 'refused';
  /** Why it is refused: a French sentence. */
  readonly why?: string;
}

/** One act on several people, from its confirmation to its report. */
export interface BulkRun extends Doc {
  readonly author: string;
  /** Under whose rights: of who began, or resumed it. */
  readonly administrator: Administrator;
  readonly source: string | undefined;
  /** `value` of a `BulkAction`. */
  readonly action: string;
  /** Of a profile that is given. */
  readonly held: ReturnType<typeof membershipInput>;
  readonly reason: string;
  readonly state: 'running' | 'stopped' | 'done';
  /** Absent when the author stopped it. */
  readonly stoppedBy?: 'rights' | 'sign_in';
  readonly startedAtMs: number;
  readonly lines: readonly BulkLine[];
}

const runsSpec: CollectionSpec<BulkRun> = {
  name: 'admin_bulk_runs',
  version: 1,
  indexes: {
    author: { key: ({ author }) => author },
    // The oldest first: one is done after the other.
    running: {
      key: ({ state, startedAtMs }) => (state === 'running' ? String(startedAtMs).padStart(15, '0') : null),
    },
  },
};

const MOST_SHOWN = 20;

/** Acts on several people that were confirmed. Knows no act and no page. */
export interface BulkRuns {
  /** False when that id is taken: the same form sent again, or somebody else's. */
  add(run: BulkRun): Promise<boolean>;
  get(id: string): Promise<BulkRun | null>;
  update(id: string, change: (run: BulkRun) => BulkRun): Promise<BulkRun | null>;
  /** Newest first; the last few. */
  ofAuthor(author: string): Promise<readonly BulkRun[]>;
  running(): Promise<readonly BulkRun[]>;
}

export function createBulkRuns(store: Store): BulkRuns {
  const runs = store.collection(runsSpec);
  return {
    async add(run) {
      try {
        await runs.insert(run);
        return true;
      } catch (error) {
        if (isAppError(error, 'store.conflict')) return false;
        throw error;
      }
    },
    get: id => runs.get(id),
    update: (id, change) => runs.update(id, change),
    async ofAuthor(author) {
      const { items } = await runs.list('author', { key: author, limit: 1000 });
      return [...items].sort((a, b) => b.startedAtMs - a.startedAtMs).slice(0, MOST_SHOWN);
    },
    running: async () => (await runs.list('running', { prefix: '', limit: 100 })).items,
  };
}

/** How many lines are in one of these states. */
export function countIn(run: Pick<BulkRun, 'lines'>, ...states: readonly BulkLine['state'][]): number {
  return run.lines.filter(({ state }) => states.includes(state)).length;
}

export const bulkStarted = defineEvent('admin.bulk.started', {
  category: 'administration',
  title: 'Acte sur plusieurs personnes lancé',
  data: ['run', 'act', 'lines', 'reason'],
});
export const bulkStopped = defineEvent('admin.bulk.stopped', {
  category: 'administration',
  title: 'Acte sur plusieurs personnes arrêté',
  data: ['run', 'act', 'done', 'left'],
});
export const bulkEnded = defineEvent('admin.bulk.ended', {
  category: 'administration',
  title: 'Acte sur plusieurs personnes terminé',
  data: ['run', 'act', 'lines', 'done', 'failed'],
});
