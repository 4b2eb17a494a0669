import { AxeBuilder } from '@axe-core/playwright';
import { expect } from 'chai';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startDemoInstance, type DemoInstance } from '../../scripts/interop/demo-instance.ts';
import { readNewCode } from '../../scripts/interop/outbox.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const SCREENSHOTS = new URL('../../screenshots/', import.meta.url).pathname;

export interface VisitorOptions {
  readonly width?: number;
  readonly isDark?: boolean;
  readonly hasScripts?: boolean;
  /** Tab, Enter and Space only. */
  readonly keyboard?: boolean;
  /** Begins the names of this visitor's screenshots; without it there are none. */
  readonly shots?: string;
}

/** A person at a browser of their own, who looks at every page. */
export interface Visitor {
  readonly page: Page;
  readonly hasScripts: boolean;
  type(selector: string, text: string): Promise<void>;
  /** Presses a button or follows a link. */
  press(selector: string): Promise<void>;
  tick(selector: string): Promise<void>;
  /** Types the code that was just sent to this login into the step that asks for it. */
  enterCode(login: string): Promise<void>;
  /** Waits for the element that tells which page this is; then the page must be accessible and fit its width. */
  see(selector: string, name: string): Promise<void>;
}

export interface Demo {
  readonly instance: () => DemoInstance;
  visitor(options?: VisitorOptions): Promise<Visitor>;
}

/** One service and one browser for the tests of a `describe`; each visitor has cookies of their own. */
export function useDemo(): Demo {
  let instance: DemoInstance | undefined;
  let browser: Browser | undefined;
  const usedMessages = new Set<string>();
  const running = () => {
    if (instance === undefined) throw new Error('the demo is used before it runs');
    return instance;
  };

  before(async () => {
    instance = await startDemoInstance();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
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
    async visitor(options = {}) {
      const { width = 1280, isDark = false, hasScripts = true, keyboard = false, shots } = options;
      const context = await browser?.newContext({
        viewport: { width, height: 800 },
        colorScheme: isDark ? 'dark' : 'light',
        javaScriptEnabled: hasScripts,
        locale: 'fr-FR',
      });
      const page = await context?.newPage();
      if (page === undefined) throw new Error('the browser is used before it runs');
      page.setDefaultTimeout(10_000);
      const hands = keyboard ? keyboardHands(page) : mouseHands(page);
      let shot = 0;
      return {
        page,
        hasScripts,
        ...hands,
        async enterCode(login) {
          await hands.type(
            '#code input[name=code]',
            await readNewCode(running().outboxUrl, login, usedMessages),
          );
          await hands.press('#continue');
        },
        async see(selector, name) {
          await page.waitForSelector(selector);
          if (shots !== undefined)
            await page.screenshot({
              path: `${SCREENSHOTS}${shots}-${String(++shot).padStart(2, '0')}-${name}.png`,
              fullPage: true,
            });
          // Both are scripts themselves; the same pages are judged in the runs that have them.
          if (!hasScripts) return;
          await expectFits(page, name);
          await expectAccessible(page, name);
        },
      };
    },
  };
}

type Hands = Pick<Visitor, 'type' | 'press' | 'tick'>;

function mouseHands(page: Page): Hands {
  return {
    type: (selector, text) => page.fill(selector, text),
    press: selector => page.click(selector),
    tick: selector => page.check(selector),
  };
}

/** Runs in the page: whether the focus is on the wanted element, and whether one sees it. */
const FOCUS = `wanted => {
  const element = document.activeElement;
  if (element === null || !element.matches(wanted)) return 'elsewhere';
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  return outlineStyle === 'none' && boxShadow === 'none' ? 'invisible' : 'visible';
}`;

/** Reaches each element by Tab alone: one that cannot be reached, or that shows no focus, fails the test. */
function keyboardHands(page: Page): Hands {
  const MAX_TABS = 80;
  async function reach(selector: string): Promise<void> {
    await page.waitForSelector(selector);
    for (let tabs = 0; tabs <= MAX_TABS; tabs++) {
      const focus = await page.evaluate<string>(`(${FOCUS})(${JSON.stringify(selector)})`);
      if (focus === 'visible') return;
      if (focus === 'invisible') throw new Error(`the focus does not show on ${selector}`);
      await page.keyboard.press('Tab');
    }
    throw new Error(`${selector} cannot be reached by keyboard`);
  }
  return {
    async type(selector, text) {
      await reach(selector);
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
    },
    async press(selector) {
      await reach(selector);
      await page.keyboard.press('Enter');
    },
    async tick(selector) {
      await reach(selector);
      await page.keyboard.press('Space');
    },
  };
}

/** Zero violations of WCAG 2.1 A and AA among the rules that axe can judge. */
async function expectAccessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect(found, `axe on ${name}`).to.deep.equal([]);
}

/** WCAG 1.4.10: no scrolling sideways. */
async function expectFits(page: Page, name: string): Promise<void> {
  const excess = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(excess, `pixels beyond the width on ${name}`).to.be.at.most(0);
}
