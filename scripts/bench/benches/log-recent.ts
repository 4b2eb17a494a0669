import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAudit, type AuditLog } from '../../../src/audit/index.ts';
import { newChain, openChains } from '../../../src/audit/chains.ts';
import { completeBlocks } from '../../../src/audit/recent/keeping.ts';
import { openSegments, segmentId } from '../../../src/audit/segments.ts';
import { createSealer, createShiftedClock } from '../../../src/kernel/index.ts';
import { openStore, type OpenedStore } from '../../../src/store/index.ts';
import { ms, type Bench, type Row } from '../harness/bench.ts';
import { collect } from '../harness/collection.ts';
import { BUSY, createDecisionLog, FIRST_DAY_MS, patient } from '../harness/decision-log.ts';
import { createLatencies } from '../harness/latencies.ts';

/** What lies unsealed at a hundred million decisions a year: the days before yesterday, yesterday and today. */
const LINES = 800_000;
const QUICK_LINES = 40_000;
const DAYS = 3;
const DAYS_OF_LOG = 3 * 365;
const DAY_MS = 86_400_000;
const AIM_MS = 1_000;

/** Issue 6, §6: the days that are not sealed yet. The limit is the same without blocks, every line read. */
export const logRecent: Bench = {
  name: 'log-recent',
  title: 'The days of the log that are not sealed: who opened this record',
  async run({ isQuick, lines: asked }) {
    const lines = asked ?? (isQuick ? QUICK_LINES : LINES);
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
    const clock = createShiftedClock();
    clock.setMs(FIRST_DAY_MS + DAYS * DAY_MS);
    const sealer = createSealer([{ id: 'bench', key: new Uint8Array(32).fill(7) }]);
    const store = await openStore({ url: `sqlite:${path.join(folder, 'store.db')}`, sealer, clock });
    try {
      await fill(store, Math.ceil(lines / DAYS));
      const walked = await firstLookUp(createAudit({ store, clock }));
      const startedMs = performance.now();
      await completeBlocks(store);
      const madeMs = performance.now() - startedMs;
      const audit = createAudit({ store, clock });
      const before = collect();
      const first = await firstLookUp(audit);
      const bytes = collect() - before;
      return [
        {
          what: `the first look-up after a start, ${lines.toLocaleString('en')} lines`,
          ours: ms(first),
          peer: `${ms(walked)} without blocks`,
          aim: `< ${ms(AIM_MS)}`,
          reached: ms(first),
          isMet: first < AIM_MS,
          figures: { first, walked, bytes },
        },
        {
          what: 'memory from then on · making all blocks from their lines (after an upgrade)',
          ours: `${(bytes / lines).toFixed(1)} B a line · ${ms(madeMs)}`,
          figures: { bytes, madeMs },
        },
        await lookUps('who opened this record', async n => readAll(audit, patient(n % BUSY.patients))),
        await lookUps('what did this person do: the newest 50 lines', async () => {
          const { items } = await audit.backwards({ account: BUSY.person, limit: 50 });
          if (items.length !== 50) throw new Error(`${items.length} lines of a person`);
        }),
      ];
    } finally {
      await store.close();
      await rm(folder, { recursive: true });
    }

    async function firstLookUp(audit: AuditLog): Promise<number> {
      const startedMs = performance.now();
      await readAll(audit, patient(1));
      return performance.now() - startedMs;
    }

    /** Every line about a busy record, which others may meet by chance; fewer stop the run. */
    async function readAll(audit: AuditLog, patientKey: string): Promise<void> {
      const wanted = Math.floor(lines / BUSY.everyLines / BUSY.patients);
      const { items } = await audit.backwards({ patientKey, limit: 500 });
      if (items.length < wanted || !items.every(line => line.patientKey === patientKey))
        throw new Error(`${items.length} lines found of ${wanted}`);
    }
  },
};

async function fill(store: OpenedStore, linesPerDay: number): Promise<void> {
  const decisions = createDecisionLog(linesPerDay * DAYS_OF_LOG);
  const segments = openSegments(store);
  let waiting: Promise<void>[] = [];
  for (let day = 0; day < DAYS; day++) {
    for (const { lines } of decisions.groupsOf(day)) {
      const [{ chain, seq }] = lines as [(typeof lines)[number]];
      if (seq === 1) await openChains(store).put(newChain(chain));
      waiting.push(segments.insert({ id: segmentId(chain, seq), chain, lines }));
      if (waiting.length === 500) {
        await Promise.all(waiting);
        waiting = [];
      }
    }
  }
  await Promise.all(waiting);
}

async function lookUps(what: string, run: (n: number) => Promise<void>): Promise<Row> {
  const times = createLatencies();
  for (let n = 0; n < 100; n++) {
    const startedMs = performance.now();
    await run(n);
    times.add(performance.now() - startedMs);
  }
  const p95 = times.percentile(0.95);
  return {
    what,
    ours: `p50 ${ms(times.percentile(0.5))}, p95 ${ms(p95)}`,
    aim: `p95 < ${ms(AIM_MS)}`,
    reached: ms(p95),
    isMet: p95 < AIM_MS,
    figures: { p50: times.percentile(0.5), p95 },
  };
}
