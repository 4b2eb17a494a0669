/**
 * `npm run differential -- [--count 1e7] [--interleavings 1e6] [--seed N]`: random triples of policy, region and request,
 * compiled beside casbin, then random changes and decisions on one instance, memory beside store. Exits with 1 on
 * any difference.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { compareManyInterleavings } from './interleavings.ts';
import { compareTriples } from './triples.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1e6' },
    interleavings: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const seed = Number(values.seed);
const [triples, interleavings] = [Number(values.count), Number(values.interleavings)];
if (![seed, triples, interleavings].every(number => Number.isSafeInteger(number) && number >= 0)) {
  console.error('differential: --count, --interleavings and --seed are whole numbers (1e7 is one)');
  process.exit(2);
}

console.log(`seed ${seed}`);
const report = await compareTriples({ count: triples, seed });
console.log('triples', report);
process.exitCode = report.differences.length > 0 ? 1 : 0;

if (interleavings > 0) {
  const found = await compareManyInterleavings({
    count: interleavings,
    seed,
    onPart: done => console.error(`interleavings ${done} of ${interleavings}`),
  });
  console.log('interleavings', found);
  if (found.staleAllows + found.staleDenials > 0) process.exitCode = 1;
}
