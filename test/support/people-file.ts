import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '../../scripts/interop/browserless.ts';
import type { Seat } from './administrators.ts';

/** Where lists of professionals are brought. */
export const IMPORT_PATH = '/admin/people/import';

/** Brings a list; the page of its check, or of its refusal. */
export async function uploadPeople(
  seat: Seat,
  issuer: string,
  content: string | Buffer,
  defaults: object,
): Promise<Page> {
  const form = await seat.get(IMPORT_PATH);
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...form.forms[0]?.fields, ...defaults }))
    if (name !== 'file') body.set(name, String(value));
  body.set('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), 'liste.csv');
  return seat.browser.post(`${issuer}${IMPORT_PATH}`, body);
}

/** Kind of line → how many, as the page of the check tells. */
export function countsOf(page: Page): Readonly<Record<string, number>> {
  const figures = page.body.matchAll(/show=(\w+)"[^>]*><strong>(\d+)<\/strong>/gu);
  return Object.fromEntries([...figures].map(([, kind, count]) => [kind, Number(count)]));
}

/** Follows the page of progress until `isThere` says so. */
export async function follow(
  seat: Seat,
  path: string,
  isThere: (page: Page) => boolean,
  { seconds, pauseMs }: { readonly seconds: number; readonly pauseMs: number },
): Promise<Page> {
  const endsMs = performance.now() + seconds * 1000;
  for (;;) {
    const page = await seat.get(path);
    if (isThere(page)) return page;
    if (performance.now() > endsMs) throw new Error(`the import is not there after ${seconds} s`);
    await sleep(pauseMs);
  }
}

/** Lines that were seen to, by the page of progress. */
export function handledIn(page: Page): number {
  return Number(/Lignes : (\d+) sur/u.exec(page.body)?.[1] ?? 0);
}
