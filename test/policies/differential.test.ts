import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { compareTriples } from '../../scripts/differential/triples.ts';

/** Give the printed seed to see the same run again; `npm run differential -- --count 1e7` does many more. */
const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
const TRIPLES = 10_000;

describe('the compiled engine beside casbin itself', () => {
  it(`decides ${TRIPLES} random triples of policy, region and request alike, by the same row (TEST_SEED=${seed})`, async () => {
    const report = await compareTriples({ count: TRIPLES, seed });
    expect(report.differences).to.deep.equal([]);
    // A generator that no longer reaches the packed rules would prove nothing.
    expect(report.packed).to.be.greaterThan(TRIPLES / 100);
    expect(report.permits).to.be.greaterThan(report.packed);
  }).timeout(30_000);
});
