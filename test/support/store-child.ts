/**
 * A process of its own that works on a store: `node store-child.ts MODE URL`. One line of output per acknowledged act.
 * `ledger` writes until it is killed; `race` competes with the parent; `fill` writes until the disk refuses.
 */
import { writeSync } from 'node:fs';
import { isAppError } from '#kernel/index.ts';
import { createRacers, LEDGER } from './store-acts.ts';
import { openTestStore } from './store.ts';

const [, , mode, url = ''] = process.argv;
const store = await openTestStore({ url });
// Synchronous: a line that was written has left the process before it is killed.
const say = (line: string): void => void writeSync(1, `${line}\n`);

const act = new Map([
  ['ledger', keepLedger],
  ['race', race],
  ['fill', fill],
]).get(mode ?? '');
if (!act) throw new Error(`unknown mode ${mode}`);
await act();
await store.close();

/** Sixteen writers insert; every third document is then changed, every third taken away. */
async function keepLedger(): Promise<void> {
  const ledger = store.collection(LEDGER);
  let next = 0;
  const writer = async (): Promise<void> => {
    for (;;) {
      const n = (next += 1);
      const id = `${process.pid}-${n}`;
      await ledger.insert({ id, key: `key ${id}`, state: 'inserted' });
      say(`inserted ${id}`);
      if (n % 3 === 1) {
        await ledger.update(id, doc => ({ ...doc, key: `new ${id}`, state: 'changed' }));
        say(`changed ${id}`);
      } else if (n % 3 === 2) {
        await ledger.consume(id);
        say(`taken ${id}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, writer));
}

async function race(): Promise<void> {
  const { claim, count } = createRacers(store);
  say('ready');
  await Promise.all([
    ...Array.from({ length: 50 }, async (_, at) => (await claim(at)) && say(`won ${at}`)),
    ...Array.from({ length: 50 }, count),
  ]);
}

async function fill(): Promise<void> {
  const ledger = store.collection(LEDGER);
  const written: string[] = [];
  let refusals = 0;
  for (let turn = 0; refusals === 0 && turn < 1000; turn += 1) {
    const ids = Array.from({ length: 8 }, (_, at) => `${turn}-${at}`);
    const outcomes = await Promise.allSettled(
      ids.map(id => ledger.insert({ id, key: id, state: 'x'.repeat(2000) })),
    );
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') written.push(ids[at] ?? '');
      else if (isAppError(outcome.reason, 'store.unavailable')) refusals += 1;
      else throw outcome.reason;
    }
  }
  const found = await Promise.all(written.map(id => ledger.get(id)));
  say(JSON.stringify({ refusals, written: written.length, found: found.filter(doc => doc !== null).length }));
}
