import { expect } from 'chai';
import { createBrowserless } from '../../scripts/interop/browserless.ts';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { areaUnderCurve, median, type Samples } from './area.ts';
import { mixed, print } from './rounds.ts';

const CLASSES = ['known', 'unknown', 'suspended', 'shared', 'bounded', 'bounded unknown'] as const;
type Kind = (typeof CLASSES)[number];

const SAMPLES = 200;
const WARM_UP = 20;

const isBounded = (kind: Kind) => kind.startsWith('bounded');
/** A person for each request, so that nobody's bound is met but that of the two who ask again and again. */
const loginOf = (kind: Kind, n: number) => `camille.${kind.replace(' ', '-')}${isBounded(kind) ? '' : n}`;

/** Who must not be told from whom: a bound counts for somebody and for nobody. */
const PAIRS: readonly (readonly [Kind, Kind])[] = [
  ['unknown', 'known'],
  ['suspended', 'known'],
  ['shared', 'known'],
  ['bounded unknown', 'bounded'],
];

function regionOf() {
  const region = exampleRegion();
  const [claire] = region.accounts;
  const account = (kind: Kind, n: number) => ({
    ...claire,
    sub: `acc-${kind}-${n}`,
    login: loginOf(kind, n),
    email: `${kind === 'shared' ? `secretariat${n >> 1}` : loginOf(kind, n)}@chu.example`,
    national_ids: [],
    status: kind === 'suspended' ? 'suspended' : 'active',
  });
  const numbers = Array.from({ length: WARM_UP + SAMPLES }, (_, n) => n);
  const accounts = numbers.flatMap(n =>
    (['known', 'suspended', 'shared'] as const).map(kind => account(kind, n)),
  );
  return { ...region, accounts: [...accounts, account('bounded', 0)] };
}

/** SECURITY: who has an account must not be read from a clock, in whatever way the answer differs behind it. */
describe('the time that a forgotten password takes', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({
      region: regionOf(),
      env: { TROUSSEAU_FORGOTTEN_PER_SOURCE: '10000', TROUSSEAU_FORGOTTEN_PER_HOUR: '1' },
    });
  });
  after(() => app.destroy());

  async function measure(who: string): Promise<number> {
    const browser = createBrowserless();
    const page = await browser.get(`${app.issuer}/forgotten`);
    // What a mail costs that was sent to somebody else is not this answer's.
    await app.outbox.drain();
    const startedAt = performance.now();
    await browser.submit(page, 'forgotten', { who }, { stopAt: app.issuer });
    return performance.now() - startedAt;
  }

  it('does not tell an account from none, nor why no link leaves', async () => {
    const samples = new Map<Kind, number[]>(CLASSES.map(kind => [kind, []]));
    for (const [index, { kind, round }] of mixed(CLASSES, WARM_UP + SAMPLES).entries()) {
      const ms = await measure(loginOf(kind, round));
      if (index >= WARM_UP * CLASSES.length) samples.get(kind)?.push(ms);
    }
    const of = (kind: Kind): Samples => samples.get(kind) ?? [];
    for (const kind of CLASSES) print(`${kind}: median ${median(of(kind)).toFixed(2)} ms of ${SAMPLES}`);
    const areas = PAIRS.map(([a, b]) => ({ pair: `${a} / ${b}`, area: areaUnderCurve(of(a), of(b)) }));
    for (const { pair, area } of areas) print(`${pair}: AUC ${area.toFixed(3)}`);
    for (const { pair, area } of areas) expect(area, pair).to.be.within(0.4, 0.6);
  });
});
