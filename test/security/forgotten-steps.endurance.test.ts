import { expect } from 'chai';
import fc from 'fast-check';
import { createBrowserless, type Browserless } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { choice, forgottenMail } from '../forgotten/reader.ts';

const RUNS = 25;
const MOST_STEPS = 12;
/** One person for each run: the bounds of mails are another test's. */
const loginOf = (n: number) => `camille.modele${n}`;

/** What is true of the flow, said without its code. */
interface Model {
  hasAsked: boolean;
  isProven: boolean;
  isUsed: boolean;
  changes: number;
}

interface Real {
  readonly app: TestApp;
  readonly login: string;
  readonly browser: Browserless;
  readonly stranger: Browserless;
  password: string;
}

type Step = fc.AsyncCommand<Model, Real>;

/** A form as a page of ours makes it, sent to an address whatever page is due there. */
async function post({ app }: Real, browser: Browserless, path: string, values: Record<string, string>) {
  const page = await browser.get(`${app.issuer}/forgotten`);
  const csrf = page.forms[0]?.fields['csrf'] ?? '';
  return browser.post(new URL(path, app.issuer), new URLSearchParams({ csrf, ...values }));
}

const step = (name: string, run: (model: Model, real: Real) => Promise<void>): Step => ({
  check: () => true,
  run,
  toString: () => name,
});

const mailOf = async ({ app, login }: Real) => forgottenMail(app, `${login}@chu.example`);

const commands: readonly Step[] = [
  step('ask', async (model, real) => {
    // Two mails at most: the third would be the bound's.
    if (model.hasAsked) return;
    await post(real, real.browser, '/forgotten', { who: real.login });
    Object.assign(model, { hasAsked: true, isProven: false, isUsed: false });
  }),
  step('open the link', async (model, real) => {
    if (!model.hasAsked) return;
    await real.browser.get((await mailOf(real)).link || real.app.issuer);
    if (!model.isUsed) model.isProven = true;
  }),
  step('type the code', async (model, real) => {
    if (!model.hasAsked || model.isUsed) return;
    await post(real, real.browser, '/forgotten/code', { code: (await mailOf(real)).code });
    model.isProven = true;
  }),
  step('type a wrong code', async (_model, real) => {
    const answer = await post(real, real.browser, '/forgotten/code', { code: '0000' });
    expect(answer.status).to.be.oneOf([200, 422]);
  }),
  step('a stranger opens the link', async (model, real) => {
    if (!model.hasAsked || model.isUsed) return;
    const { link } = await mailOf(real);
    await real.stranger.get(link);
    await post(real, real.stranger, new URL(link).pathname, {});
  }),
  step('a stranger posts a password', async (_model, real) => {
    await post(real, real.stranger, '/forgotten/password', choice('Voleur-kiru-demo-47'));
  }),
  step('post a password', async (model, real) => {
    const password = `Tavo-kiru-demo-${model.changes}-${real.login.length}x`;
    const answer = await post(real, real.browser, '/forgotten/password', choice(password));
    const isDue = model.isProven && !model.isUsed;
    expect(answer.url.pathname === '/forgotten/done', 'changed').to.equal(isDue);
    if (!isDue) return;
    model.isUsed = true;
    model.changes++;
    real.password = password;
  }),
];

/** SECURITY: whatever the order of the steps, a password is chosen by who has read the mail, once, and by nobody else. */
describe('the steps of a forgotten password in any order', () => {
  let app: TestApp;
  before(async () => {
    const people = Array.from({ length: RUNS }, (_, n) => loginOf(n));
    app = await startTestApp({
      region: exampleRegion({ colleagues: people }),
      env: { TROUSSEAU_FORGOTTEN_PER_SOURCE: '10000' },
    });
  });
  after(() => app.destroy());

  it('never let a step be skipped', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.commands(
          commands.map(command => fc.constant(command)),
          { maxCommands: MOST_STEPS },
        ),
        async steps => {
          const login = loginOf(run++);
          const real: Real = {
            app,
            login,
            browser: createBrowserless(),
            stranger: createBrowserless(),
            password: PASSWORD,
          };
          const model: Model = { hasAsked: false, isProven: false, isUsed: false, changes: 0 };
          await fc.asyncModelRun(() => ({ model, real }), steps);
          const { accounts } = app.services;
          const account = await accounts.findByLogin(login);
          expect(account?.passwordHistory.length, 'changes').to.equal(model.changes);
          expect(await accounts.verifyPassword(account, real.password)).to.equal(true);
        },
      ),
      // Shrinking would need people of its own; the seed of a failure is printed.
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
