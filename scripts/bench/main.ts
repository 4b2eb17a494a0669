/**
 * Benchmarks of the product with their peer and their limits in the same run (docs/benchmarks.md):
 * `npm run bench -- [NAME…] [--json FILE] [--quick] [--profile FOLDER] [--lines N]`. A missed aim is reported, not a failure; a
 * wrong answer is.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { adminSearch } from './benches/admin-search.ts';
import { requests } from './benches/requests.ts';
import { adminImport } from './benches/admin-import.ts';
import { backup } from './benches/backup.ts';
import { cardCrl } from './benches/card-crl.ts';
import { cardTls } from './benches/card-tls.ts';
import { cpu } from './benches/cpu.ts';
import { logRecent } from './benches/log-recent.ts';
import { log } from './benches/log.ts';
import { decisions } from './benches/decisions.ts';
import { decisionsHttp } from './benches/decisions-http.ts';
import { facts } from './benches/facts.ts';
import { reads } from './benches/reads.ts';
import { signin } from './benches/signin.ts';
import { sso } from './benches/sso.ts';
import { start } from './benches/start.ts';
import { storm } from './benches/storm.ts';
import type { Bench } from './harness/bench.ts';
import { describeMachine, printTable, toJson, type Answered } from './harness/report.ts';

const benches: readonly Bench[] = [
  signin,
  sso,
  reads,
  storm,
  cpu,
  start,
  adminSearch,
  requests,
  adminImport,
  cardCrl,
  cardTls,
  decisions,
  decisionsHttp,
  facts,
  logRecent,
  log,
  backup,
];

/** Beyond this the machine is busy with something else. */
const BUSY_LOAD = 0.5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    lines: { type: 'string' },
  },
});
const unknown = positionals.filter(name => !benches.some(bench => bench.name === name));
if (unknown.length > 0) {
  console.error(
    `no benchmark ${unknown.join(', ')}; there are: ${benches.map(({ name }) => name).join(' ')}`,
  );
  process.exitCode = 2;
} else {
  await run(positionals.length === 0 ? benches : benches.filter(({ name }) => positionals.includes(name)));
}

async function run(chosen: readonly Bench[]): Promise<void> {
  const machine = describeMachine();
  console.error(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}`);
  if (machine.loadBefore > BUSY_LOAD)
    console.error(
      `the machine is busy (load ${machine.loadBefore}): the figures will be worse than they are`,
    );
  const profileFolder = values.profile === undefined ? undefined : path.resolve(values.profile);
  const lines = values.lines === undefined ? undefined : Number(values.lines);
  const answers: Answered[] = [];
  for (const bench of chosen) {
    const startedMs = performance.now();
    answers.push({ bench, rows: await bench.run({ isQuick: values.quick, profileFolder, lines }) });
    console.error(`${bench.name}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  }
  console.log(`\n${printTable(answers)}`);
  if (values.json !== undefined) await writeFile(values.json, toJson(machine, values.quick, answers));
}
