import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createAudit, type AuditLog } from '../../../src/audit/index.ts';
import { openSealed } from '../../../src/audit/sealed/collections.ts';
import { openEdition } from '../../../src/audit/sealed/edition-writer.ts';
import { openSigner } from '../../../src/audit/signing.ts';
import { createSealer, createShiftedClock } from '../../../src/kernel/index.ts';
import { openStore, type OpenedStore } from '../../../src/store/index.ts';
import { ms, type Bench } from '../harness/bench.ts';
import { BUSY, createDecisionLog, FIRST_DAY_MS, patient } from '../harness/decision-log.ts';
import { createLatencies, type Latencies } from '../harness/latencies.ts';
import { openPlainLog, type PlainLog } from '../peers/plain-log.ts';

const LINES = 10_000_000;
const QUICK_LINES = 100_000;
const AIM_MS = 1_000;
const DAY_MS = 86_400_000;

/**
 * Issue 6, §6: ten million decisions of three years, sealed day by day as the product seals them, against one SQLite table
 * with an index by person and one by patient. Both answer the same questions; a different answer stops the run.
 */
export const log: Bench = {
  name: 'log',
  title: 'Decision log of three years: disk, and who opened this record',
  async run({ isQuick, lines: asked }) {
    const lines = asked ?? (isQuick ? QUICK_LINES : LINES);
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
    const clock = createShiftedClock();
    const file = path.join(folder, 'store.db');
    const sealer = createSealer([{ id: 'bench', key: new Uint8Array(32).fill(7) }]);
    const store = await openStore({ url: `sqlite:${file}`, sealer, clock });
    const plain = openPlainLog(path.join(folder, 'plain.db'));
    try {
      const { count, sealMs, plainMs } = await fill(store, plain, lines);
      clock.setMs(FIRST_DAY_MS + 3 * 365 * DAY_MS);
      const audit = createAudit({ store, clock });
      const records = await lookUps(audit, plain);
      const people = await personPages(audit, plain);
      await store.check();
      compact(file);
      const bytes = { ours: (await stat(file)).size / count, peer: (await stat(plain.file)).size / count };
      return [
        {
          what: `disk, ${count.toLocaleString('en')} decisions`,
          ours: `${bytes.ours.toFixed(0)} B a line, ${((bytes.ours * 1e8) / 1e9).toFixed(1)} GB for 100 M`,
          peer: `${bytes.peer.toFixed(0)} B a line, ${((bytes.peer * 1e8) / 1e9).toFixed(1)} GB for 100 M`,
          figures: { count, bytes },
        },
        {
          what: 'sealing (hashes, columns, index, manifest; peer: rows, then two indexes)',
          ours: `${((sealMs * 1000) / count).toFixed(1)} µs a line`,
          peer: `${((plainMs * 1000) / count).toFixed(1)} µs a line`,
          figures: { sealMs, plainMs },
        },
        row(`who opened this record in three years (${records.lines} lines each)`, records, AIM_MS),
        row('what did this person do: the newest 50 lines', people, AIM_MS),
      ];
    } finally {
      plain.close();
      await store.close();
      await rm(folder, { recursive: true });
    }
  },
};

interface Times {
  readonly ours: Latencies;
  readonly peer: Latencies;
}

function row(what: string, { ours, peer }: Times, aimMs: number) {
  const p95 = ours.percentile(0.95);
  const shown = (times: Latencies) => `p50 ${ms(times.percentile(0.5))}, p95 ${ms(times.percentile(0.95))}`;
  return {
    what,
    ours: shown(ours),
    peer: shown(peer),
    aim: `p95 < ${ms(aimMs)}`,
    reached: ms(p95),
    isMet: p95 < aimMs,
    figures: { p50: ours.percentile(0.5), p95, peerP50: peer.percentile(0.5) },
  };
}

async function fill(store: OpenedStore, plain: PlainLog, lines: number) {
  const collections = openSealed(store);
  const signer = () => openSigner(store, undefined);
  const decisions = createDecisionLog(lines);
  const clock = createShiftedClock();
  let [sealMs, plainMs, count] = [0, 0, 0];
  for (let day = 0; day < decisions.days; day++) {
    const groups = [...decisions.groupsOf(day)];
    const name = new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10);
    const startedMs = performance.now();
    const edition = await openEdition({ collections, clock, signer, day: name });
    for (const { before, lines: group } of groups) await edition.addGroup(before, group);
    const written = await edition.finish([]);
    if (!written) throw new Error('nothing was sealed');
    const { id, bits, since, lines: counts } = written;
    await collections.days.insert({ id: name, since, edition: id, bits, lines: counts });
    const sealedMs = performance.now();
    plain.add(groups.flatMap(group => group.lines));
    sealMs += sealedMs - startedMs;
    plainMs += performance.now() - sealedMs;
    count += decisions.linesPerDay;
    if (day % 100 === 0) console.error(`log: day ${day} of ${decisions.days}`);
  }
  const startedMs = performance.now();
  plain.index();
  return { count, sealMs, plainMs: plainMs + performance.now() - startedMs };
}

/** Busy records, each asked for once: nothing of them is in memory. */
async function lookUps(audit: AuditLog, plain: PlainLog): Promise<Times & { readonly lines: number }> {
  const times = { ours: createLatencies(), peer: createLatencies() };
  let lines = 0;
  for (let number = 0; number < BUSY.patients; number++) {
    const patientKey = patient(number);
    const found: string[] = [];
    const startedMs = performance.now();
    let after: string | undefined;
    do {
      const page = await audit.backwards({ patientKey, fromMs: FIRST_DAY_MS, limit: 500, after });
      found.push(...page.items.map(({ seq }) => String(seq)));
      after = page.next;
    } while (after !== undefined);
    times.ours.add(performance.now() - startedMs);
    compare(
      found,
      timed(times.peer, () => plain.ofPatient(patientKey)),
    );
    lines = found.length;
  }
  return { ...times, lines };
}

async function personPages(audit: AuditLog, plain: PlainLog): Promise<Times> {
  const times = { ours: createLatencies(), peer: createLatencies() };
  for (let round = 0; round < 20; round++) {
    const toMs = FIRST_DAY_MS + (3 * 365 - round * 50) * DAY_MS;
    const startedMs = performance.now();
    const page = await audit.backwards({ account: BUSY.person, toMs, limit: 50 });
    times.ours.add(performance.now() - startedMs);
    const expected = timed(times.peer, () => plain.ofPerson(BUSY.person, new Date(toMs).toISOString(), 50));
    compare(
      page.items.map(({ seq }) => String(seq)),
      expected,
    );
  }
  return times;
}

function timed<T>(times: Latencies, run: () => T): T {
  const startedMs = performance.now();
  const result = run();
  times.add(performance.now() - startedMs);
  return result;
}

function compare(found: readonly string[], expected: readonly string[]): void {
  if (found.length === 0 || found.join() !== expected.join())
    throw new Error(`${found.length} lines found of ${expected.length}`);
}

/** What waits in the write-ahead log belongs to the file. */
function compact(file: string): void {
  const db = new DatabaseSync(file, { timeout: 20_000 });
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}
