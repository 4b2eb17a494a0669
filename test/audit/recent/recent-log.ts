import { randomInt } from 'node:crypto';
import { createAudit, defineEvent, type AuditLine, type AuditLog } from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

const noted = defineEvent('recent.test.noted', { category: 'access', data: ['n'], title: 'Noté' });

/** A log of lines by 40 people on 60 records, written and read by several processes. */
export interface RecentLog {
  readonly store: TestStore;
  readonly clock: ShiftedClock;
  /** A process of its own on the same store, or on what stands for it. */
  open(on?: Store): AuditLog;
  /** Writes so many lines, some one by one, most in crowds. */
  write(audit: AuditLog, lines: number): Promise<void>;
  destroy(): Promise<void>;
}

export async function createRecentLog(): Promise<RecentLog> {
  const clock = createShiftedClock();
  clock.setMs(Date.parse('2026-03-03T08:00:00.000Z'));
  const store = await openTestStore({ clock });
  let written = 0;
  return {
    store,
    clock,
    open: (on = store) => createAudit({ store: on, clock }),
    async write(audit, lines) {
      const end = written + lines;
      while (written < end) {
        const crowd = Math.min(end - written, randomInt(4) === 0 ? 1 : randomInt(1, 120));
        const entry = (n: number) => ({
          actor: `acc-${randomInt(40)}`,
          ...(n % 3 === 0 && { onBehalfOf: `acc-${randomInt(40)}` }),
          ...(n % 7 !== 0 && { patientKey: `key-${randomInt(60)}` }),
          outcome: 'success' as const,
          data: { n },
        });
        await Promise.all(Array.from({ length: crowd }, (_, at) => audit.record(noted, entry(written + at))));
        written += crowd;
        clock.advance(randomInt(30));
      }
    },
    destroy: () => store.destroy(),
  };
}

/** All lines about somebody or some record, page after page of groups. */
export async function listAll(
  audit: AuditLog,
  query: Parameters<AuditLog['list']>[0],
  limit: number,
): Promise<readonly AuditLine[]> {
  const lines: AuditLine[] = [];
  let after: string | undefined;
  do {
    const page = await audit.list({ ...query, limit, ...(after !== undefined && { after }) });
    lines.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return lines;
}

export const placesOf = (lines: readonly AuditLine[]) => lines.map(({ chain, seq }) => `${chain}.${seq}`);
