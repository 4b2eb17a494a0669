import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { judgeOf } from './in-memory.ts';
import { answerPlainly } from './plain-reading.ts';
import { createDice, randomRegion, randomRequest } from './random-region.ts';

const REGIONS = 100;
const REQUESTS_EACH = 100;

/** Give the printed seed to see the same run again. */
const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));

describe('a second, plain reading of contract §7', () => {
  it(`gives the same answer to ${REGIONS * REQUESTS_EACH} random requests (TEST_SEED=${seed})`, async () => {
    const dice = createDice(seed);
    const seen = new Map<string, number>();
    for (let count = 0; count < REGIONS; count += 1) {
      const region = randomRegion(dice);
      const judge = await judgeOf(region);
      for (let turn = 0; turn < REQUESTS_EACH; turn += 1) {
        const request = randomRequest(dice);
        const expected = answerPlainly(region, request);
        const found = await judge(request);
        if (found !== expected)
          expect.fail(`${expected}, not ${found}: ${JSON.stringify({ request, region })}`);
        seen.set(found, (seen.get(found) ?? 0) + 1);
      }
    }
    // A generator that no longer reaches the deep rules would prove nothing.
    const deep = [
      'permitted_creator',
      'permitted_party',
      'permitted_party_organisation',
      'permitted_care_team',
    ];
    for (const code of [
      ...deep,
      'permitted_rcp',
      'consent_withdrawn',
      'consent_expired',
      'delegator_not_permitted',
    ])
      expect(seen.get(code) ?? 0, code).to.be.greaterThan(0);
  }).timeout(30_000);
});
