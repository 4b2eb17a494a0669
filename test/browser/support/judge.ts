/** Judges a page as it stands in the browser: accessible, and no wider than its window. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from 'chai';
import type { CDPSession, Page } from 'playwright-core';

/** Zero violations of WCAG 2.1 A and AA among the rules that axe can judge. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // Our pages have no frames: judged in the page itself, not in one more window for each, in half of the time.
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa'])
    .analyze();
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

/** Lets the judge work in a page that was loaded without scripts. */
export type Permit = <T>(judge: () => Promise<T>) => Promise<T>;

/** The page's own scripts were skipped when it was read, and do not run because axe may. */
export function createPermit(page: Page): Permit {
  let session: Promise<CDPSession> | undefined;
  return async judge => {
    session ??= page.context().newCDPSession(page);
    const devtools = await session;
    const forbid = (value: boolean) => devtools.send('Emulation.setScriptExecutionDisabled', { value });
    // This session knows only what it has said itself: it allows what it has forbidden before.
    await forbid(true);
    await forbid(false);
    try {
      return await judge();
    } finally {
      await forbid(true);
    }
  };
}
