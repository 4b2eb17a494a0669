import { expect } from 'chai';
import { createBrowserless } from '../../scripts/interop/browserless.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { areaUnderCurve, median, type Samples } from './area.ts';
import { mixed, print } from './rounds.ts';

const CLASSES = ['known', 'unknown'] as const;
type Kind = (typeof CLASSES)[number];

const SAMPLES = 200;
const WARM_UP = 20;

/** An address for each try, so that nobody's bound is met. */
const addressOf = (kind: Kind, n: number) => `camille.${kind}${n}@exemple.fr`;

/** SECURITY: who asks for an account must not be read from a clock. */
describe('the time that a lost link takes', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ env: { TROUSSEAU_REQUEST_MAILS_PER_SOURCE: '10000' } });
    for (let n = 0; n < WARM_UP + SAMPLES; n++)
      await app.enrolment.office.requests.beginFor(
        { terms: null, email: { address: addressOf('known', n), isVerified: true } },
        { sub: 'acc-claire', address: addressOf('known', n) },
      );
  });
  after(() => app.destroy());

  async function measure(email: string): Promise<number> {
    const browser = createBrowserless();
    const page = await browser.get(`${app.issuer}/request/resume`);
    // What a mail costs that was sent to somebody else is not this answer's.
    await app.outbox.drain();
    const startedAt = performance.now();
    await browser.submit(page, 'resume', { email }, { stopAt: app.issuer });
    return performance.now() - startedAt;
  }

  it('does not tell an address of a request from any other', async () => {
    const samples: Record<Kind, number[]> = { known: [], unknown: [] };
    for (const [index, { kind, round }] of mixed(CLASSES, WARM_UP + SAMPLES).entries()) {
      const ms = await measure(addressOf(kind, round));
      if (index >= WARM_UP * CLASSES.length) samples[kind].push(ms);
    }
    for (const kind of CLASSES) print(`${kind}: median ${median(samples[kind]).toFixed(2)} ms of ${SAMPLES}`);
    const area = areaUnderCurve(samples.unknown as Samples, samples.known as Samples);
    print(`unknown / known: AUC ${area.toFixed(3)}`);
    expect(area).to.be.within(0.4, 0.6);
  });
});
