/**
 * A process of its own that seals, moves and drops: `node keeping-child.ts STORE-URL NOW-MS SETTINGS`. Says `ready`, works
 * through some days of its clock, and says `done`, if nobody kills it before.
 */
import { writeSync } from 'node:fs';
import { createAudit } from '#audit/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { openTestStore } from '../../support/store.ts';
import { SETTLING_SECONDS } from './log-of-days.ts';

const [, , url = '', now = '', settings = '{}'] = process.argv;
const clock = createShiftedClock();
clock.setMs(Number(now));
const store = await openTestStore({ url, clock });
const audit = createAudit({
  store,
  clock,
  settings: JSON.parse(settings) as Parameters<typeof createAudit>[0]['settings'] & object,
});
writeSync(1, 'ready\n');
for (let round = 0; round < 6; round++) {
  await audit.keep();
  clock.advance(SETTLING_SECONDS);
}
writeSync(1, 'done\n');
await store.close();
