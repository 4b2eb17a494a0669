/** Somebody at a page of a browser: what they do there, and how they look at it. */
import path from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { keyboardHands, pointerHands, type Hands } from './hands.ts';
import { createPermit, expectAccessible, expectFits, type Permit } from './judge.ts';

/** Where pictures of pages go; without the setting none are taken. */
const SCREENSHOTS = process.env.TROUSSEAU_SCREENSHOTS;
/** What is waited for comes sooner: a machine under load is given its time. */
const PATIENCE_MS = 30_000;
const HEIGHT = 800;

export interface PersonOptions {
  readonly width?: number;
  readonly isDark?: boolean;
  readonly hasScripts?: boolean;
  /** Tab, Enter, Space and arrows only. */
  readonly keyboard?: boolean;
  /** The browser of a telephone: a touch screen, and pages as wide as it says. */
  readonly isTelephone?: boolean;
  /** Begins the names of this person's screenshots; without it there are none. */
  readonly shots?: string;
}

export interface Person extends Hands {
  readonly page: Page;
  readonly hasScripts: boolean;
  /** Waits for the element that tells which page this is; then the page must be accessible and fit its width. */
  see(selector: string, name: string): Promise<void>;
}

export function contextOf({
  width = 1280,
  isDark = false,
  hasScripts = true,
  isTelephone = false,
}: PersonOptions): BrowserContextOptions {
  return {
    viewport: { width, height: HEIGHT },
    colorScheme: isDark ? 'dark' : 'light',
    javaScriptEnabled: hasScripts,
    hasTouch: isTelephone,
    isMobile: isTelephone,
    locale: 'fr-FR',
  };
}

export function createPerson(page: Page, options: PersonOptions): Person {
  const { hasScripts = true, keyboard = false, shots } = options;
  page.setDefaultTimeout(PATIENCE_MS);
  const permit: Permit = hasScripts ? judge => judge() : createPermit(page);
  let shot = 0;
  return {
    page,
    hasScripts,
    ...(keyboard ? keyboardHands(page) : pointerHands(page)),
    async see(selector, name) {
      await page.waitForSelector(selector);
      if (SCREENSHOTS !== undefined && shots !== undefined) {
        const file = `${shots}-${String(++shot).padStart(2, '0')}-${name}.png`;
        await page.screenshot({ path: path.join(SCREENSHOTS, file), fullPage: true });
      }
      await expectFits(page, name);
      await permit(() => expectAccessible(page, name));
    },
  };
}
