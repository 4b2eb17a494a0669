/** What people do at a page: by pointing, or by keyboard alone. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';

/** A document as it lies on the person's device. */
export interface PickedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export interface Hands {
  type(selector: string, text: string): Promise<void>;
  /** Presses a button or follows a link. */
  press(selector: string): Promise<void>;
  tick(selector: string): Promise<void>;
  /** Chooses an option of a list by its value. */
  choose(selector: string, value: string): Promise<void>;
  /** Sets a field of a date, given as `2026-12-31`. */
  typeDate(selector: string, date: string): Promise<void>;
  /** Gives the field a file; the window in which one picks it is the browser's own. */
  attach(selector: string, file: PickedFile): Promise<void>;
}

/** With a mouse, and on a telephone too: a machine under load would turn a tap that it draws out into a long press. */
export function pointerHands(page: Page): Hands {
  return {
    type: (selector, text) => page.fill(selector, text),
    press: selector => page.click(selector),
    async tick(selector) {
      await page.check(selector);
    },
    choose: async (selector, value) => {
      await page.selectOption(selector, value);
    },
    typeDate: (selector, date) => page.fill(selector, date),
    attach: (selector, file) => page.setInputFiles(selector, file),
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
export function keyboardHands(page: Page): Hands {
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
    async attach(selector, file) {
      await reach(selector);
      await page.setInputFiles(selector, file);
    },
  };
}
