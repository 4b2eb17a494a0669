import { expect } from 'chai';
import fc from 'fast-check';
import type { Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, type Visitor } from '../support/relying-party.ts';

const STOP = { stopAt: REDIRECT_URI };
const CLAIRE = 'claire.dupont';
/** Seconds of trying, of the fuzz alone; more in the environment, for who looks for what is rare. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 4);

/**
 * How far somebody has come who has everything but the code: nowhere, a code asked for, the password shown, a means
 * chosen whose proof is made elsewhere; or everything but the telephone, where the mobile has to be proven, before and
 * after a code was sent to it.
 */
const STATES = [
  'nothing',
  'code asked for',
  'password shown',
  'elsewhere chosen',
  'mobile to prove',
  'mobile code sent',
] as const;
/** What is posted on the first page to come there. */
const FIRST = {
  'code asked for': { method: 'code' },
  'password shown': { password: PASSWORD },
  'elsewhere chosen': { method: 'pro-sante-connect' },
} as const;
/** Whose mobile nobody has proven, at an application that a password opens. */
const MARC = { login: 'marc.lefevre', password: PASSWORD };
type State = (typeof STATES)[number];

/** Every field of every form of a sign-in, and those that no page shows. */
const FIELDS = [
  ...[
    'login',
    'password',
    'code',
    'totp',
    'recovery',
    'passkey',
    'card',
    'new_password',
    'new_password_repeat',
  ],
  ...[
    'accept',
    'version',
    'situation',
    'method',
    'resend',
    'restart',
    'request',
    'enrol',
    'shared_workstation',
  ],
  ...['mobile', 'mobile_code', 'later', 'correct'],
  ...['accountId', 'proofs', 'acr', '__proto__'],
] as const;
const VALUES = [
  '',
  ' ',
  '0',
  '000000',
  'yes',
  CLAIRE,
  'acc-claire',
  'chu',
  'card',
  'code',
  'sms',
  'password',
];

const fields = fc.dictionary(
  fc.constantFrom(...FIELDS),
  fc.constantFrom(...VALUES, '\r\nx', 'é'.repeat(300)),
  {
    maxKeys: 4,
  },
);
const act = fc.oneof(
  // Most often as a page of ours would send it: anything else is refused before it is read.
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('post' as const), fields, isTokened: fc.constant(true) }),
  },
  fc.record({ kind: fc.constant('post' as const), fields, isTokened: fc.boolean() }),
  fc.record({ kind: fc.constant('arrive' as const), query: fields }),
  fc.record({ kind: fc.constant('look' as const) }),
  // The same address in a browser that has another interaction, or none.
  fc.record({ kind: fc.constant('elsewhere' as const), fields }),
);

describe('forms in any order', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion();
    for (const account of region.accounts)
      Object.assign(
        account,
        account.login === MARC.login ? { phone: '+33600000002', phone_verified: false } : {},
      );
    app = await startTestApp({
      region,
      env: {
        TROUSSEAU_ATTEMPTS_PER_ACCOUNT: '100',
        TROUSSEAU_ATTEMPTS_PER_SOURCE: '100000',
        TROUSSEAU_CODE_PER_SOURCE_DAY: '1000000',
        TROUSSEAU_MOBILE_CHECK: 'required',
        // One code for each state that is reached, and as many wrong ones as come.
        TROUSSEAU_CODE_SMS_PER_DAY: '10000',
        // Nobody listens there.
        TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
        TROUSSEAU_PSC_CLIENT_SECRET: 'secret-of-the-simulated-provider',
        TROUSSEAU_PSC_ISSUER: 'http://localhost:9',
      },
    });
  });
  after(() => app.destroy());

  async function reach(state: State): Promise<{ visitor: Visitor; page: Page }> {
    const visitor = createVisitor(app);
    if (state === 'mobile to prove' || state === 'mobile code sent') {
      const { page: first } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
      const page = await visitor.browser.submit(first, 'identify', MARC);
      if (state === 'mobile to prove') return { visitor, page };
      return { visitor, page: await visitor.browser.submit(page, 'mobile') };
    }
    const { page } = await visitor.authorize();
    if (state === 'nothing') return { visitor, page };
    const first = { login: CLAIRE, ...FIRST[state] };
    return { visitor, page: await visitor.browser.submit(page, 'identify', first) };
  }
  const bodyOf = (values: Readonly<Record<string, string>>, csrf: string | undefined) =>
    new URLSearchParams({ ...values, ...(csrf === undefined ? {} : { csrf }) });

  it('never sign anybody in without the proof that is missing, and never break', async function () {
    this.timeout((SECONDS + 20) * 1000);
    const other = createVisitor(app);
    const otherToken = (await other.authorize()).page.forms[0]?.fields['csrf'];
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const property = fc.asyncProperty(
      fc.constantFrom(...STATES),
      fc.array(act, { minLength: 1, maxLength: 6 }),
      async (state, acts) => {
        const { visitor, page } = await reach(state);
        const address = `${app.issuer}${page.url.pathname}`;
        const token = page.forms[0]?.fields['csrf'];
        for (const step of acts) {
          let got: Page;
          if (step.kind === 'look') got = await visitor.browser.get(address, STOP);
          else if (step.kind === 'arrive')
            got = await visitor.browser.get(`${address}/arrival?${new URLSearchParams(step.query)}`, STOP);
          else if (step.kind === 'elsewhere')
            got = await other.browser.post(address, bodyOf(step.fields, otherToken), STOP);
          else
            got = await visitor.browser.post(
              address,
              bodyOf(step.fields, step.isTokened ? token : undefined),
              STOP,
            );
          expect(got.status, 'no failure of ours').to.satisfy(
            (status: number) => status < 500 || status === 503,
          );
          expect(got.url.searchParams.get('code'), 'nobody is signed in').to.equal(null);
          if (step.kind === 'elsewhere') expect(got.status).to.equal(400);
        }
        const session = await visitor.authorize({ client_id: 'docs', scope: 'openid', prompt: 'none' });
        expect(session.callback.get('error')).to.equal('login_required');
      },
    );
    const result = await fc.check(property, {
      seed,
      numRuns: 100_000,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
    });
    if (result.failed) throw new Error(`FUZZ_SEED=${seed}\n${fc.defaultReportMessage(result)}`);
    expect(result.numRuns, `FUZZ_SEED=${seed}`).to.be.greaterThan(1);
  });
});
