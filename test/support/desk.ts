import type { Page } from '../../scripts/interop/browserless.ts';
import { seatOf, type Seat } from './administrators.ts';
import type { TestApp } from './app.ts';

/** The pages of administration, as the people of `administeredRegion` use them; each signs in once. */
export interface TestDesk {
  seat(who: string): Promise<Seat>;
  page(who: string, path: string): Promise<Page>;
  /** Posts exactly these values to `to`, with the token of the page `from`: forms are not to be trusted. */
  post(who: string, from: string, to: string, values: Readonly<Record<string, string>>): Promise<Page>;
  /** Signs in anew, as an act that asks for a fresh sign-in leads to. */
  freshen(who: string): void;
}

export function createTestDesk(app: TestApp): TestDesk {
  const seats = new Map<string, Promise<Seat>>();
  const seat = (who: string) => {
    const found = seats.get(who) ?? seatOf(app, who);
    seats.set(who, found);
    return found;
  };
  return {
    seat,
    page: async (who, path) => (await seat(who)).get(path),
    async post(who, from, to, values) {
      const { browser, get } = await seat(who);
      const shown = await get(from);
      const form = {
        id: 'forged',
        method: 'post',
        action: new URL(`${app.issuer}${to}`),
        fields: { csrf: csrfIn(shown) },
        choices: {},
      };
      return browser.submit({ ...shown, forms: [form] }, form.id, values);
    },
    freshen: who => void seats.delete(who),
  };
}

/** The token of any form of the page. */
export function csrfIn({ body }: Page): string {
  return /name="csrf" value="([^"]+)"/u.exec(body)?.[1] ?? '';
}
