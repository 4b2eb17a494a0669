import { createBrowserless, type Browserless, type Page } from '../../scripts/interop/browserless.ts';
import type { TestApp } from '../support/app.ts';

/** What a mail of `/forgotten` holds. */
export interface ForgottenMail {
  readonly text: string;
  readonly link: string;
  readonly code: string;
}

export const NEW_PASSWORD = 'Tavo-kiru-demo-47';

/** The newest mail to an address, taken apart. */
export async function forgottenMail(app: TestApp, address: string): Promise<ForgottenMail> {
  const text = await app.mailTo(address);
  return {
    text,
    link: /https?:\S+\/forgotten\/link\/\S+/u.exec(text)?.[0] ?? '',
    code: /\b\d{4} \d{4}\b/u.exec(text)?.[0] ?? '',
  };
}

/** Says on a browser of its own who has forgotten; resolves to the page that asks for the code. */
export async function ask(
  app: TestApp,
  who: string,
  browser: Browserless = createBrowserless(),
): Promise<{ readonly browser: Browserless; readonly page: Page }> {
  const first = await browser.get(`${app.issuer}/forgotten`);
  return { browser, page: await browser.submit(first, 'forgotten', { who }) };
}

/** The same up to the page that asks for the password, by the link. */
export async function askAndOpen(app: TestApp, login: string) {
  const { browser } = await ask(app, login);
  const mail = await forgottenMail(app, `${login}@chu.example`);
  return { browser, mail, page: await browser.get(mail.link) };
}

export const choice = (password: string = NEW_PASSWORD) => ({
  new_password: password,
  new_password_repeat: password,
});
