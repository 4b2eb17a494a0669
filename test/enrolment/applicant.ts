import { createBrowserless, type Browserless, type Page } from '../../scripts/interop/browserless.ts';
import { csrfIn } from '../support/desk.ts';
import type { TestApp } from '../support/app.ts';

/** A person who asks for an account, in a browser without scripts. */
export interface Applicant {
  readonly browser: Browserless;
  get(path: string): Promise<Page>;
  /** Fills in the form of that id on the newest page. */
  fill(form: string, values?: Readonly<Record<string, string | readonly string[]>>): Promise<Page>;
  /** Posts what no form of a page would send. */
  forge(path: string, values: Readonly<Record<string, string>>): Promise<Page>;
  upload(kind: string, content: Buffer, name?: string): Promise<Page>;
  /** The first page: the terms and the question. */
  begin(): Promise<Page>;
  /** All steps up to the address, without it. */
  fillIdentity(values?: Identity): Promise<Page>;
  /** The address and its code. */
  proveAddress(address: string): Promise<Page>;
  /** Everything but the sending. */
  fillAll(address: string, values?: Identity): Promise<Page>;
  page(): Page;
}

export interface Identity {
  readonly profession?: string;
  readonly rpps?: string;
  readonly familyName?: string;
  readonly givenName?: string;
  readonly workplace?: string;
}

export const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n');

const NUMBERS = ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix'];
const DAYS = ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'];

/** What a person answers to the question of the first page, found in its text. */
export function answerTo(text: string): string {
  const [, a = '', b = ''] = /Combien font (\S+) plus (\S+) \?/u.exec(text) ?? [];
  if (a !== '') return String(NUMBERS.indexOf(a) + NUMBERS.indexOf(b));
  const [, day] = /juste après (\S+) \?/u.exec(text) ?? [];
  if (day !== undefined) return DAYS[(DAYS.indexOf(day) + 1) % DAYS.length] ?? '';
  const [, letterOf] = /première lettre du mot « (\S+) »/u.exec(text) ?? [];
  if (letterOf !== undefined) return letterOf.slice(0, 1);
  const [, word = ''] = /Recopiez le mot « (\S+) »/u.exec(text) ?? [];
  return word;
}

export const answerOf = ({ body }: Page): string => answerTo(body);

/** `app`: the service, in this process or another, and how its mails are read. */
export function createApplicant(app: Pick<TestApp, 'issuer' | 'mailTo'>): Applicant {
  const browser = createBrowserless();
  let page: Page;
  const seen = async (next: Promise<Page>) => (page = await next);

  const self: Applicant = {
    browser,
    page: () => page,
    get: path => seen(browser.get(`${app.issuer}${path}`)),
    fill: (form, values) => seen(browser.submit(page, form, values)),
    forge: (path, values) =>
      seen(browser.post(`${app.issuer}${path}`, new URLSearchParams({ csrf: csrfIn(page), ...values }))),
    upload(kind, content, name = 'scan.pdf') {
      const body = new FormData();
      body.set('csrf', csrfIn(page));
      body.set('kind', kind);
      body.set('file', new Blob([new Uint8Array(content)]), name);
      return seen(browser.post(`${app.issuer}/request/documents/add`, body));
    },
    async begin() {
      await self.get('/request');
      return self.fill('terms', { accept: 'yes', answer: answerOf(page) });
    },
    async fillIdentity({
      profession = '10',
      rpps = '99700367909',
      familyName = 'Petit',
      givenName = 'Léa',
      workplace = 'place:chu',
    } = {}) {
      await self.fill('profession', { profession });
      await self.fill('number', { rpps });
      await self.fill('name', { civility: 'MME', family_name: familyName, given_name: givenName });
      await self.fill('address', { street: '2 boulevard Tonnellé', postcode: '37000' });
      await self.fill('workplace', { workplace });
      return self.fill('phones', { mobile: '06 12 34 56 78' });
    },
    async proveAddress(address) {
      await self.fill('email', { email: address, email_again: address });
      const [, code = ''] = /^\s+(\d{6})$/mu.exec(await app.mailTo(address)) ?? [];
      return self.fill('code', { code });
    },
    async fillAll(address, values) {
      await self.begin();
      await self.fillIdentity(values);
      await self.proveAddress(address);
      await self.fill('interests', { networks: ['cancerologie'] });
      await self.upload('signed_request', PDF);
      await self.upload('identity_card', PDF);
      return self.fill('proofs');
    },
  };
  return self;
}

/** The private link in the newest mail to this address, as a path. */
export async function linkSentTo(app: TestApp, address: string): Promise<string> {
  const [link = ''] = /http:\S+\/request\/link\/\S+/u.exec(await app.mailTo(address)) ?? [];
  return link.slice(app.issuer.length);
}
