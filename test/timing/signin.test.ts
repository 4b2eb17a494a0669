import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';
import { areaUnderCurve, median, type Samples } from './area.ts';
import { mixed, print } from './rounds.ts';

const CLASSES = ['known', 'unknown', 'suspended'] as const;
type LoginClass = (typeof CLASSES)[number];

const SAMPLES = 240;
/** How long after a code was asked for its wrong answer comes: sooner than anybody types. */
const DELIVERY_MS = 25;
const WARM_UP = 20;
/** Samples are spread over these, so that no attempt cap is met. */
const LOGINS = 40;

const logins: Readonly<Record<LoginClass, (n: number) => string>> = {
  known: n => `camille.a${n}`,
  unknown: n => `camille.b${n}`,
  suspended: n => `camille.c${n}`,
};

/** The form of the first page; `then` is measured in its place where it is given: the answer on the page that follows. */
interface Request {
  readonly first: (login: string) => Record<string, string>;
  readonly then?: { readonly code: string };
}

/** What a stranger can send from the first page, knowing no secret. */
const requests: Readonly<Record<string, Request>> = {
  password: { first: login => ({ login, password: 'Faux-2026!' }) },
  code: { first: login => ({ login, method: 'code' }) },
  'code by SMS': { first: login => ({ login, method: 'sms' }) },
  'wrong code': { first: login => ({ login, method: 'code' }), then: { code: '000000' } },
  // Asks for no login; what was typed all the same is not looked up. A card and Pro Santé Connect are not measured beside
  // it: they go the same way (`identifies`, so nobody is looked up), and their `begin` makes its redirect from the place
  // alone. Whose account it is, is known only to whoever holds the card.
  passkey: { first: login => ({ login, method: 'passkey' }) },
};

function regionOf() {
  const region = exampleRegion();
  const [claire] = region.accounts;
  const account = (kind: LoginClass, n: number) => ({
    ...claire,
    sub: `acc-${kind}-${n}`,
    login: logins[kind](n),
    email: `${logins[kind](n)}@chu.example`,
    phone: `+3360000${kind === 'known' ? '1' : '2'}${String(n).padStart(3, '0')}`,
    national_ids: [],
    status: kind === 'known' ? 'active' : 'suspended',
  });
  const numbers = Array.from({ length: LOGINS }, (_, n) => n);
  return { ...region, accounts: numbers.flatMap(n => [account('known', n), account('suspended', n)]) };
}

/**
 * SECURITY: who has an account must not be read from a clock. A stranger measures the whole answer over HTTP; the
 * classes are interleaved in a random order, so that whatever else slows the machine slows them alike.
 */
describe('the time that the first step takes', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({
      region: regionOf(),
      env: { TROUSSEAU_ATTEMPTS_PER_SOURCE: '100000', TROUSSEAU_ATTEMPTS_PER_ACCOUNT: '100' },
    });
  });
  after(() => app.destroy());

  async function measure({ first, then }: Request, login: string): Promise<number> {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    let startedAt = performance.now();
    const next = await browser.submit(page, 'identify', first(login));
    if (then) {
      // The mail leaves beside the requests, and a demonstration keeps it in its own store: that is over first.
      await app.outbox.drain();
      await delay(DELIVERY_MS);
      startedAt = performance.now();
      await browser.submit(next, 'code', then);
    }
    return performance.now() - startedAt;
  }

  async function sampleAll(request: Request) {
    const samples: Record<LoginClass, number[]> = { known: [], unknown: [], suspended: [] };
    for (const [index, { kind, round }] of mixed(CLASSES, WARM_UP + SAMPLES).entries()) {
      const ms = await measure(request, logins[kind](round % LOGINS));
      if (index >= WARM_UP * CLASSES.length) samples[kind].push(ms);
    }
    return samples;
  }

  for (const [name, request] of Object.entries(requests)) {
    it(`with a ${name} does not tell a known login from an unknown or a suspended one`, async () => {
      const samples: Readonly<Record<LoginClass, Samples>> = await sampleAll(request);
      const pairs = [
        ['unknown', 'known'],
        ['suspended', 'known'],
        ['unknown', 'suspended'],
      ] as const;
      const areas = pairs.map(([a, b]) => ({ a, b, area: areaUnderCurve(samples[a], samples[b]) }));
      for (const kind of CLASSES)
        print(`${name} · ${kind}: median ${median(samples[kind]).toFixed(2)} ms of ${SAMPLES}`);
      for (const { a, b, area } of areas) print(`${name} · ${a} / ${b}: AUC ${area.toFixed(3)}`);
      for (const { a, b, area } of areas) expect(area, `${a} / ${b}`).to.be.within(0.4, 0.6);
    });
  }
});
