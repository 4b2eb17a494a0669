import { createHash, randomBytes } from 'node:crypto';
import { createBrowserless, type Browserless, type Page } from '../../scripts/interop/browserless.ts';
import { CLIENT, PASSWORD, REDIRECT_URI, type TestApp } from './app.ts';

/** Where the service is and what it sends, in this process or in one of its own. */
export type Reached = Pick<TestApp, 'issuer' | 'mailTo'>;

/** A browser of one person, and the relying party it comes from. Drives the real pages. */
export interface Visitor {
  readonly browser: Browserless;
  /** Starts an authorization; resolves to the first page, or to the callback when nothing is asked. */
  authorize(params?: Readonly<Record<string, string>>): Promise<Authorization>;
  /** Goes through every page that is asked of an ordinary person and comes back with the callback. */
  signIn(login: string, options?: SignInOptions): Promise<Authorization>;
}

export interface Authorization {
  readonly page: Page;
  readonly verifier: string;
  /** Parameters at the callback; empty while a page is shown. */
  readonly callback: URLSearchParams;
}

export interface SignInOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly password?: string;
  readonly email?: string;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    access_token?: string;
    id_token?: string;
    refresh_token?: string;
    error?: string;
  };
}

export function createVisitor(app: Reached): Visitor {
  const browser = createBrowserless();
  const stopAt = REDIRECT_URI;

  async function authorize(params: Readonly<Record<string, string>> = {}): Promise<Authorization> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile',
      state: 'st',
      nonce: 'no',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...params,
    });
    const page = await browser.get(`${app.issuer}/oidc/authorize?${query}`, { stopAt });
    return { page, verifier, callback: callbackOf(page) };
  }

  return {
    browser,
    authorize,
    async signIn(login, { params = {}, password = PASSWORD, email = `${login}@chu.example` } = {}) {
      const started = await authorize(params);
      let { page } = started;
      for (let step = 0; step < 8 && !page.url.href.startsWith(stopAt); step++) {
        const form = page.forms[0]?.id ?? 'none';
        if (page.alertCode !== undefined) throw new Error(`${form}: ${page.alertCode}`);
        const answers: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
          identify: async () => ({ login, password }),
          password: async () => ({ password }),
          code: async () => ({ code: await codeSentTo(app, email) }),
          terms: async () => ({ accept: 'on' }),
        };
        const answer = answers[form];
        if (!answer) throw new Error(`unexpected page ${form} (${page.status}) at ${page.url.pathname}`);
        page = await browser.submit(page, form, await answer(), { stopAt });
      }
      return { page, verifier: started.verifier, callback: callbackOf(page) };
    },
  };
}

function callbackOf(page: Page): URLSearchParams {
  return page.url.href.startsWith(REDIRECT_URI) ? page.url.searchParams : new URLSearchParams();
}

export async function codeSentTo(app: Reached, email: string): Promise<string> {
  const code = /\b(\d{6,8})\b/u.exec(await app.mailTo(email))?.[1];
  if (code === undefined) throw new Error(`no code in the mail to ${email}`);
  return code;
}

/** A POST of the relying party's back end to an endpoint, authenticated by its secret. */
export async function postAsClient(
  app: Reached,
  endpoint: string,
  form: Readonly<Record<string, string>>,
  clientId: string = CLIENT.id,
): Promise<TokenAnswer> {
  const answer = await fetch(`${app.issuer}${endpoint}`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${clientId}:${CLIENT.secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as TokenAnswer['body']) };
}

export function redeem(
  app: Reached,
  { callback, verifier }: Authorization,
  clientId: string = CLIENT.id,
): Promise<TokenAnswer> {
  const form = {
    grant_type: 'authorization_code',
    code: callback.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  };
  return postAsClient(app, '/oidc/token', form, clientId);
}

/** The payload of a JWT, unverified: tests of signatures use jose. */
export function payloadOf(jwt: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >;
}

/** Why the demo record's back end may, or may not, let the session `sid` of Claire read: the decision's reason code. */
export async function reasonOfDecision(app: Reached, sid: unknown): Promise<string> {
  const answer = await fetch(`${app.issuer}/access/v1/evaluation`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from('dcc:flow-secret-0123456789abcdef0123456789abcdef').toString('base64')}`,
    },
    body: JSON.stringify({
      subject: { type: 'account', id: 'acc-claire' },
      action: { name: 'read' },
      resource: { type: 'document_area', id: 'area' },
      context: { sid },
    }),
  });
  return ((await answer.json()) as { context: { reason_code: string } }).context.reason_code;
}
