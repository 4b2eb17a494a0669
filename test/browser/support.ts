import { chromium, type Browser, type Page } from 'playwright-core';
import {
  startDemoInstance,
  type DemoInstance,
  type DemoInstanceOptions,
} from '../../scripts/interop/demo-instance.ts';
import { readNewCode } from '../../scripts/interop/outbox.ts';
import { contextOf, createPerson, type Person, type PersonOptions } from './support/person.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from './chromium.ts';

export { expectAccessible, expectFits } from './support/judge.ts';

/** A service and a browser start within seconds; a machine under load is given its time. */
const START_MS = 180_000;

export type VisitorOptions = PersonOptions;

/** A person at a browser of their own, who looks at every page of the demonstration. */
export interface Visitor extends Person {
  /** Opens a page of the service, and passes every step of the sign-in that it asks for. */
  enter(path: string, login: string): Promise<void>;
  /** Passes the steps of a sign-in that the browser was led to. */
  passSignIn(login: string): Promise<void>;
  /** Types the code that was just sent to this login into the step that asks for it. */
  enterCode(login: string): Promise<void>;
}

export interface Demo {
  readonly instance: () => DemoInstance;
  visitor(options?: VisitorOptions): Promise<Visitor>;
}

/** One service and one browser for the tests of a `describe`; each visitor has cookies of their own. */
export function useDemo(options: DemoInstanceOptions = {}): Demo {
  let instance: DemoInstance | undefined;
  let browser: Browser | undefined;
  const usedMessages = new Set<string>();
  const running = () => {
    if (instance === undefined) throw new Error('the demo is used before it runs');
    return instance;
  };

  before(async function () {
    this.timeout(START_MS);
    instance = await startDemoInstance(options);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: CHROMIUM_FLAGS,
    });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(running().log().slice(-4000));
    await Promise.all((browser?.contexts() ?? []).map(context => context.close()));
  });
  after(async () => {
    await browser?.close();
    await instance?.stop();
  });

  return {
    instance: running,
    async visitor(how = {}) {
      const context = await browser?.newContext(contextOf(how));
      if (context === undefined) throw new Error('the browser is used before it runs');
      const person = createPerson(await context.newPage(), how);
      const { page } = person;
      async function enterCode(login: string): Promise<void> {
        const code = await readNewCode(running().outboxUrl, login, usedMessages);
        await person.type('#code input[name=code]', code);
        await person.press('#continue');
      }
      async function passSignIn(login: string): Promise<void> {
        const MOST_STEPS = 5;
        for (let step = 0; step < MOST_STEPS && isSigningIn(page); step += 1) {
          const form = await page.getAttribute('main form[id]', 'id');
          if (form === 'code') {
            await enterCode(login);
            continue;
          }
          if (form === 'identify') await person.type('#login', login);
          await person.type('input[name=password]', running().passwords[login] ?? '');
          await person.press('#continue');
        }
      }
      return {
        ...person,
        enterCode,
        passSignIn,
        async enter(path, login) {
          await page.goto(running().issuer + path);
          await passSignIn(login);
        },
      };
    },
  };
}

function isSigningIn(page: Page): boolean {
  return new URL(page.url()).pathname.startsWith('/interaction/');
}
