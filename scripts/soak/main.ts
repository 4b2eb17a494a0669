/**
 * A soak: hours of an ordinary day at a moderate rate, and whether memory stays (docs/benchmarks.md):
 * `npm run soak -- [--minutes N] [--json FILE]`. Exits with 1 when memory is not steady or an answer was not the right one.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOurs } from '../bench/harness/ours.ts';
import { describeMachine } from '../bench/harness/report.ts';
import { ACCOUNTS, journeysOn, type Journey } from './journeys.ts';
import { parseSample, trendOf, type Measure, type Sample } from './memory.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, json: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes >= 3)) throw new RangeError('--minutes takes a number of minutes, 3 or more');

const SAMPLES_A_MINUTE = 4;
const MEASURES: readonly Measure[] = ['heap', 'external', 'rss'];
/** More of them say the same. */
const MOST_FAILURES = 20;

const startedMs = performance.now();
const minuteNow = () => (performance.now() - startedMs) / 60_000;
const samples: Sample[] = [];
const server = await startOurs({
  accounts: ACCOUNTS,
  hasAdministrator: true,
  env: {
    NODE_OPTIONS: '--import ./scripts/soak/probe.mjs',
    TROUSSEAU_REQUESTS_PER_SOURCE: '10000',
    TROUSSEAU_REQUEST_MAILS_PER_SOURCE: '10000',
  },
  onLine(line) {
    const sample = parseSample(line, minuteNow());
    if (sample) samples.push(sample);
  },
});
const turns = new Map<string, number>();
const failures: string[] = [];
let isOver = false;

/** One caller of a journey, until the end; an answer that was not the right one is kept, and it goes on. */
async function call({ name, act, pauseMs }: Journey, caller: number): Promise<void> {
  for (let turn = 0; !isOver; turn += 1) {
    try {
      await act(caller, turn);
      turns.set(name, (turns.get(name) ?? 0) + 1);
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
      if (failures.length <= MOST_FAILURES) console.error(failures.at(-1));
    }
    await delay(pauseMs);
  }
}

try {
  const calls = journeysOn(server).flatMap(journey =>
    Array.from({ length: journey.callers }, (_, caller) => call(journey, caller)),
  );
  while (minuteNow() < minutes) {
    await delay(60_000 / SAMPLES_A_MINUTE);
    process.kill(server.pid, 'SIGUSR2');
  }
  isOver = true;
  await Promise.all(calls);
} finally {
  await server.stop();
}

const machine = describeMachine();
const trends = MEASURES.map(measure => trendOf(samples, measure));
console.log(`${machine.cores} × ${machine.processor}, Node ${machine.node}`);
console.log(`${minutes} minutes, ${samples.length} samples after garbage collection\n`);
for (const [name, count] of turns) console.log(`${String(count).padStart(8)}  ${name}`);
console.log(
  `\n${'MiB'.padEnd(10)}${'2nd quarter'.padStart(13)}${'last quarter'.padStart(14)}${'per hour'.padStart(11)}`,
);
for (const { measure, before, after, perHour, isSteady } of trends)
  console.log(
    `${measure.padEnd(10)}${before.toFixed(1).padStart(13)}${after.toFixed(1).padStart(14)}${perHour.toFixed(1).padStart(11)}  ${isSteady ? 'steady' : 'GROWS'}`,
  );
if (failures.length > 0) console.log(`\n${failures.length} wrong answers`);
if (values.json !== undefined)
  await writeFile(
    values.json,
    `${JSON.stringify({ machine, minutes, turns: Object.fromEntries(turns), trends, failures, samples }, null, 2)}\n`,
  );
if (failures.length > 0 || trends.some(({ isSteady }) => !isSteady)) process.exitCode = 1;
