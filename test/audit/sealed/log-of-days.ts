import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createAudit,
  defineEvent,
  verifyAudit,
  type AuditLine,
  type AuditLog,
  type AuditReport,
} from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

export const DAY_SECONDS = 86_400;
/** Beyond the time during which lines lie in both places. */
export const SETTLING_SECONDS = 7 * 3_600;

export const opened = defineEvent('access.record.opened', {
  category: 'access',
  data: ['n', 'reason'],
  title: 'Ouverture',
});
export const signedIn = defineEvent('signin.session.opened', { category: 'signin', title: 'Connexion' });
export const started = defineEvent('jobs.job.started', { category: 'technical', title: 'Travail' });

/** A log that is written day after day, on the 3rd of March 2026 first. */
export interface LogOfDays {
  readonly store: TestStore;
  readonly clock: ShiftedClock;
  readonly dataDir: string;
  audit: AuditLog;
  /** `people` people open a record each, sign in and make the service work; then the day is covered. */
  writeDay(people?: number): Promise<void>;
  nextDay(days?: number): void;
  /** What the hourly job does in the long run: seals, and removes what was sealed. */
  keep(): Promise<void>;
  verify(): Promise<AuditReport>;
  all(query?: Parameters<AuditLog['list']>[0]): Promise<readonly AuditLine[]>;
  /** Another process, which begins a chain of its own. */
  reopen(): Promise<void>;
  destroy(): Promise<void>;
}

export async function createLogOfDays(
  settings: Parameters<typeof createAudit>[0]['settings'] = {},
): Promise<LogOfDays> {
  const clock = createShiftedClock();
  clock.setMs(Date.parse('2026-03-03T08:00:00.000Z'));
  const store = await openTestStore({ clock });
  const dataDir = await mkdtemp(path.join(tmpdir(), 'audit-days-'));
  const open = async (): Promise<AuditLog> => {
    const audit = createAudit({ store, clock, dataDir, settings });
    await audit.start();
    return audit;
  };
  const log: LogOfDays = {
    store,
    clock,
    dataDir,
    audit: await open(),
    async writeDay(people = 3) {
      const visit = async (n: number) => {
        await Promise.all([
          log.audit.record(started, { actor: 'system', outcome: 'success' }),
          log.audit.record(signedIn, { actor: `acc-${n}`, acr: 'a', outcome: 'success' }),
        ]);
        await log.audit.record(opened, {
          actor: `acc-${n}`,
          patientKey: `k-${n % 2}`,
          outcome: n % 3 === 0 ? 'refused' : 'success',
          data: { n, reason: 'né « d’août »' },
        });
      };
      // A crowd comes all at once.
      if (people > 10) await Promise.all(Array.from({ length: people }, (_, n) => visit(n)));
      else for (let n = 0; n < people; n++) await visit(n);
      await log.audit.checkpoint();
    },
    nextDay(days = 1) {
      clock.advance(days * DAY_SECONDS);
    },
    async keep() {
      await log.audit.keep();
      clock.advance(SETTLING_SECONDS);
      await log.audit.keep();
      await log.audit.checkpoint();
    },
    verify: async () =>
      verifyAudit({
        from: { store },
        checkpointFiles: [path.join(dataDir, 'audit-checkpoints.jsonl')],
        publicKeys: [await log.audit.publicKey()],
      }),
    async all(query = {}) {
      const lines: AuditLine[] = [];
      let after: string | undefined;
      do {
        const page = await log.audit.list({ ...query, ...(after !== undefined && { after }) });
        lines.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return lines;
    },
    async reopen() {
      await log.audit.close();
      log.audit = await open();
    },
    async destroy() {
      await store.destroy();
      await rm(dataDir, { recursive: true });
    },
  };
  return log;
}
