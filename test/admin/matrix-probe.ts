import { seatOf } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';
import { basicOf } from './api-client.ts';
import type { Row } from './matrix.ts';

/** Who asks: people by the letter of their office, applications by that of their branch. */
export const PEOPLE = {
  /** Regional administrator. */
  R: 'anne',
  /** Local administrator of the CHU. */
  L: 'paul',
  /** Administrator of the 3C of the CHU. */
  C: 'carole',
  /** Auditor of the region. */
  A: 'nadia',
  /** Auditor of the CHU. */
  a: 'noe',
  /** An ordinary user. */
  u: 'perine',
} as const;
export const APPLICATIONS = {
  /** The whole region. */
  r: 'si-region',
  /** The branch of the CHU. */
  c: 'si-chu',
  /** Reads only, without SCIM. */
  l: 'si-lecture',
} as const;
/** Nobody signed in, no credentials. */
export const NOBODY = '-';

export type Who = keyof typeof PEOPLE | keyof typeof APPLICATIONS | typeof NOBODY;
/** Whose things the path names: of the CHU, or of the clinique. */
export type Branch = 'own' | 'other';
/** `in`: reached the act or the page. `absent`: allowed to look, and there is nothing. The others: kept out. */
export type Verdict = 'in' | 'absent' | 'refused' | 'signed-out' | `failed ${number}`;

/** What a call of the API says. */
export type Sent = Pick<Row, 'body' | 'file'>;

/** Asks as somebody. */
export type Ask = (method: string, path: string, sent?: Sent) => Promise<Verdict>;

export async function askersOf(app: TestApp): Promise<ReadonlyMap<Who, Ask>> {
  const askers = new Map<Who, Ask>([[NOBODY, (method, path, sent) => call(app, method, path, {}, sent)]]);
  for (const [who, name] of Object.entries(PEOPLE)) askers.set(who as Who, await personOf(app, name));
  for (const [who, id] of Object.entries(APPLICATIONS))
    askers.set(who as Who, (method, path, sent) =>
      call(app, method, path, { Authorization: basicOf(id) }, sent),
    );
  return askers;
}

/** A person opens a page, or posts a form that holds a valid CSRF token and nothing else. */
async function personOf(app: TestApp, name: string): Promise<Ask> {
  const { browser, get } = await seatOf(app, name);
  const tokens = (await get('/account')).forms.map(({ fields }) => fields['csrf']);
  const csrf = tokens.find(token => token !== undefined) ?? '';
  const visit = { stopAt: `${app.issuer}/` };
  return async (method, path) => {
    const url = `${app.issuer}${path}`;
    const isRead = method === 'GET';
    const page = isRead
      ? await browser.get(url, visit)
      : await browser.post(url, new URLSearchParams({ csrf }), visit);
    return verdictOf(page.status, page.url.href);
  };
}

async function call(
  app: TestApp,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  { body, file }: Sent = {},
): Promise<Verdict> {
  const isScim = path.startsWith('/scim/');
  const type =
    file?.[0] ?? (method === 'PATCH' && !isScim ? 'application/merge-patch+json' : 'application/json');
  const content = file?.[1] ?? (body && JSON.stringify(body));
  const answer = await fetch(`${app.issuer}${path}`, {
    method,
    headers: {
      ...headers,
      ...(isScim && { 'If-Match': 'W/"none"' }),
      ...(content !== undefined && { 'Content-Type': type }),
    },
    redirect: 'manual',
    ...(content !== undefined && { body: content }),
  });
  await answer.arrayBuffer();
  return verdictOf(answer.status, answer.headers.get('Location') ?? '');
}

function verdictOf(status: number, location: string): Verdict {
  if (status >= 500) return `failed ${status}`;
  if (status === 401 || isOurSignIn(location)) return 'signed-out';
  if (status === 403) return 'refused';
  if (status === 404) return 'absent';
  return 'in';
}

/** A sign-in of the portal; one on trial for another application is the very thing that was asked for. */
const isOurSignIn = (location: string) =>
  location.includes('/oidc/authorize?') && location.includes('client_id=trousseau&');
