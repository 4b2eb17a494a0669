/**
 * A process of its own that changes the facts of the image's region: `node image-child.ts URL SEED`, until its standard
 * input ends. Says on standard output how many changes it has made.
 */
import { createDice } from '../policies/random-region.ts';
import { openImageRegion } from '../access/image-region.ts';
import { openTestStore } from './store.ts';

const [, , url = '', seed = '1'] = process.argv;
const store = await openTestStore({ url });
const region = await openImageRegion(store);
const dice = createDice(Number(seed));
let isAsked = true;
process.stdin.on('end', () => (isAsked = false)).resume();
let changes = 0;
for (; isAsked; changes += 1) await region.change(dice);
console.log(changes);
await store.close();
