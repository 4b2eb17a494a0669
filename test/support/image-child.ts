/**
 * A process of its own that changes the facts of the image's region: `node image-child.ts URL SEED COUNT`, so many
 * times.
 */
import { createDice } from '../policies/random-region.ts';
import { openImageRegion } from '../access/image-region.ts';
import { openTestStore } from './store.ts';

const [, , url = '', seed = '1', count = '1'] = process.argv;
const store = await openTestStore({ url });
const region = await openImageRegion(store);
const dice = createDice(Number(seed));
for (let change = 0; change < Number(count); change += 1) await region.change(dice);
await store.close();
