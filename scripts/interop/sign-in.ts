import type { Browserless, Page, PageForm } from './browserless.ts';
import { readNewCode, readOutbox } from './outbox.ts';

export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** Needed only where a new one is asked for. */
  readonly newPassword?: string;
}

/** The steps of the public contract (§5): the `id` of the one form that each page has. */
const STEPS = ['identify', 'password', 'code', 'change-password', 'terms', 'situation'];
const MAX_STEPS = 8;

/**
 * Walks through whatever steps the sign-in asks, as a person would, starting at an authorization request. Returns
 * the first page that is no step of the sign-in (the relying party's, or its address when the visit stops there).
 */
export async function signIn(
  browser: Browserless,
  start: string | URL,
  person: Credentials,
  { outboxUrl, stopAt }: { outboxUrl: string; stopAt?: string },
): Promise<Page> {
  const visit = stopAt === undefined ? {} : { stopAt };
  const seen = new Set((await readOutbox(outboxUrl)).map(({ id }) => id));
  let page = await browser.get(start, visit);
  for (let step = 0; step < MAX_STEPS; step++) {
    const form = page.forms.find(({ id }) => STEPS.includes(id));
    if (form === undefined) return page;
    if (page.alertCode !== undefined) throw new Error(`the step ${form.id} was refused: ${page.alertCode}`);
    page = await browser.submit(page, form.id, await answer(form), visit);
  }
  throw new Error(`the sign-in did not end after ${MAX_STEPS} steps`);

  async function answer(form: PageForm): Promise<Record<string, string>> {
    switch (form.id) {
      case 'identify':
        return { login: person.login, password: person.password };
      case 'password':
        return { password: person.password };
      case 'code':
        return { code: await readNewCode(outboxUrl, person.login, seen) };
      case 'change-password':
        return { new_password: person.newPassword ?? '', new_password_repeat: person.newPassword ?? '' };
      case 'terms':
        return { accept: form.choices.accept?.[0] ?? 'on' };
      default:
        return { situation: form.choices.situation?.[0] ?? '' };
    }
  }
}
