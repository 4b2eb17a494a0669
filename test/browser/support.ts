import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from 'chai';
import { chromium, type Browser, type Page } from 'playwright-core';
import {
  startDemoInstance,
  type DemoInstance,
  type DemoInstanceOptions,
} from '../../scripts/interop/demo-instance.ts';
import { readNewCode } from '../../scripts/interop/outbox.ts';

export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Where pictures of pages go; `TROUSSEAU_SCREENSHOTS` names another folder. */
export const SCREENSHOTS =
  process.env.TROUSSEAU_SCREENSHOTS === undefined
    ? new URL('../../screenshots/', import.meta.url).pathname
    : `${path.resolve(process.env.TROUSSEAU_SCREENSHOTS)}/`;

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
  /** Chooses an option of a list by its value. */
  choose(selector: string, value: string): Promise<void>;
  /** Sets a field of a date, given as `2026-12-31`. */
  typeDate(selector: string, date: string): Promise<void>;
  /** Opens a page of the service, and passes every step of the sign-in that it asks for. */
  enter(path: string, login: string): Promise<void>;
  /** Passes the steps of a sign-in that the browser was led to. */
  passSignIn(login: string): Promise<void>;
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
export function useDemo(options: DemoInstanceOptions = {}): Demo {
  let instance: DemoInstance | undefined;
  let browser: Browser | undefined;
  const usedMessages = new Set<string>();
  const running = () => {
    if (instance === undefined) throw new Error('the demo is used before it runs');
    return instance;
  };

  before(async () => {
    instance = await startDemoInstance(options);
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
    async visitor(how = {}) {
      const { width = 1280, isDark = false, hasScripts = true, keyboard = false, shots } = how;
      const context = await browser?.newContext({
        viewport: { width, height: 800 },
        colorScheme: isDark ? 'dark' : 'light',
        javaScriptEnabled: hasScripts,
        locale: 'fr-FR',
      });
      if (context === undefined) throw new Error('the browser is used before it runs');
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const hands = keyboard ? keyboardHands(page) : mouseHands(page);
      let shot = 0;
      async function enterCode(login: string): Promise<void> {
        const code = await readNewCode(running().outboxUrl, login, usedMessages);
        await hands.type('#code input[name=code]', code);
        await hands.press('#continue');
      }
      async function passSignIn(login: string): Promise<void> {
        const MOST_STEPS = 5;
        for (let step = 0; step < MOST_STEPS && isSigningIn(page); step += 1) {
          const form = await page.getAttribute('main form[id]', 'id');
          if (form === 'code') {
            await enterCode(login);
            continue;
          }
          if (form === 'identify') await hands.type('#login', login);
          await hands.type('input[name=password]', running().passwords[login] ?? '');
          await hands.press('#continue');
        }
      }
      return {
        page,
        hasScripts,
        ...hands,
        enterCode,
        passSignIn,
        async enter(path, login) {
          await page.goto(running().issuer + path);
          await passSignIn(login);
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

function isSigningIn(page: Page): boolean {
  return new URL(page.url()).pathname.startsWith('/interaction/');
}

type Hands = Pick<Visitor, 'type' | 'press' | 'tick' | 'choose' | 'typeDate'>;

function mouseHands(page: Page): Hands {
  return {
    type: (selector, text) => page.fill(selector, text),
    press: selector => page.click(selector),
    tick: selector => page.check(selector),
    choose: async (selector, value) => {
      await page.selectOption(selector, value);
    },
    typeDate: (selector, date) => page.fill(selector, date),
  };
}

/**
 * Runs in the page: whether one sees where the focus is. A choice that is a card shows the focus of its button around
 * itself.
 */
const SHOWS_FOCUS = `[document.activeElement, document.activeElement.closest('label')].some(element => {
  if (element === null) return false;
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  return outlineStyle !== 'none' || boxShadow !== 'none';
})`;

/** Reaches each element by Tab alone: one that cannot be reached, or that shows no focus, fails the test. */
function keyboardHands(page: Page): Hands {
  const MAX_TABS = 80;
  async function reach(selector: string): Promise<void> {
    await page.waitForSelector(selector);
    for (let tabs = 0; tabs <= MAX_TABS; tabs++) {
      if ((await page.locator(selector).and(page.locator(':focus')).count()) > 0) {
        if (await page.evaluate<boolean>(SHOWS_FOCUS)) return;
        throw new Error(`the focus does not show on ${selector}`);
      }
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
      // Unlike a click, a key does not wait for the page that it leads to.
      await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
      await page.waitForLoadState();
    },
    async tick(selector) {
      const field = page.locator(selector);
      if ((await field.getAttribute('type')) !== 'radio') {
        await reach(selector);
        return page.keyboard.press('Space');
      }
      // Tab stops once at a group, on what is chosen; arrows go through it.
      const group = `input[name="${await field.getAttribute('name')}"]`;
      await reach(group);
      for (let choice = 0, choices = await page.locator(group).count(); choice < choices; choice++) {
        if (await field.isChecked()) return;
        await page.keyboard.press('ArrowDown');
      }
      expect(await field.isChecked(), selector).to.equal(true);
    },
    async choose(selector, value) {
      const MOST_OPTIONS = 60;
      await reach(selector);
      await page.keyboard.press('Home');
      for (let option = 0; option < MOST_OPTIONS; option++) {
        if ((await page.inputValue(selector)) === value) return;
        await page.keyboard.press('ArrowDown');
      }
      throw new Error(`${value} cannot be chosen in ${selector} by keyboard`);
    },
    async typeDate(selector, date) {
      const [year, month, day] = date.split('-');
      await reach(selector);
      // The parts of the field stand as the language of the browser orders them, whichever is installed.
      for (const parts of [`${day}${month}${year}`, `${month}${day}${year}`]) {
        await page.keyboard.type(parts);
        if ((await page.inputValue(selector)) === date) return;
        for (let part = 0; part < 2; part++) await page.keyboard.press('ArrowLeft');
      }
      throw new Error(`${date} cannot be typed in ${selector} by keyboard`);
    },
  };
}

/** Zero violations of WCAG 2.1 A and AA among the rules that axe can judge. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect(found, `axe on ${name}`).to.deep.equal([]);
}

/** WCAG 1.4.10: no scrolling sideways. */
export async function expectFits(page: Page, name: string): Promise<void> {
  const excess = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(excess, `pixels beyond the width on ${name}`).to.be.at.most(0);
}
