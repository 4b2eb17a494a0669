import { createHash, randomBytes } from 'node:crypto';
import { CLIENT, DISCOVERY_PATH, PASSWORD, type BenchAccount, type Subject } from './subject.ts';
import { createVisitor, type Visitor } from './visitor.ts';
import type { Answer } from './wire.ts';

/*
 * What relying parties and people do, in requests. Each function throws `FlowError` on any answer but the right one:
 * a benchmark that measures refusals measures nothing.
 */

/** An answer that was not expected. */
export class FlowError extends Error {
  readonly status: number;
  constructor(step: string, { status, body }: Answer) {
    super(`${step} answered ${status}: ${/data-code="([^"]+)"/u.exec(body)?.[1] ?? body.slice(0, 300)}`);
    this.name = 'FlowError';
    this.status = status;
  }
}

export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

export interface AuthorizationOptions {
  /** Default: `openid profile`. */
  readonly scope?: string;
  readonly prompt?: string;
}

const AUTHORIZATION = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
const MAX_HOPS = 16;

/** The whole sign-in as a browser does it: authorization request, pages (password, mailed code), redirect, tokens. */
export async function signIn(
  subject: Subject,
  visitor: Visitor,
  account: BenchAccount,
  options: AuthorizationOptions = {},
): Promise<Tokens> {
  const { address, verifier } = authorizationRequest(subject, options);
  let where = address;
  let answer = await visitor.get(where);
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const { location } = answer.headers;
    if (location?.startsWith(CLIENT.redirectUri)) return redeem(subject, location, verifier);
    if (location !== undefined && isRedirect(answer)) {
      where = location;
      answer = await visitor.get(where);
    } else {
      answer = await visitor.post(where, await fill(subject, account, answer));
    }
  }
  throw new FlowError(`the sign-in after ${MAX_HOPS} hops`, answer);
}

/** Fills the form of a page, as the person would. */
async function fill(
  { mailbox }: Subject,
  account: BenchAccount,
  page: Answer,
): Promise<Record<string, string>> {
  const [, step] = /<form\b[^>]*\bid="(identify|code)"/u.exec(page.body) ?? [];
  if (page.status !== 200 || step === undefined) throw new FlowError('a page of the sign-in', page);
  const [input = ''] = /<input\b[^>]*\bname="csrf"[^>]*>/u.exec(page.body) ?? [];
  const csrf = /\bvalue="([^"]*)"/u.exec(input)?.[1] ?? '';
  if (step === 'code') return { csrf, code: await mailbox.read(account.email) };
  // The code leaves when the password has been accepted: its reader waits from now on.
  mailbox.open(account.email);
  return { csrf, login: account.login, password: PASSWORD };
}

/** A person with a session opens an application: authorization request, redirect, tokens. No page is shown. */
export async function singleSignOn(
  subject: Subject,
  visitor: Visitor,
  options: AuthorizationOptions = {},
): Promise<Tokens> {
  const { address, verifier } = authorizationRequest(subject, options);
  const answer = await visitor.get(address);
  const { location } = answer.headers;
  if (!location?.startsWith(CLIENT.redirectUri)) throw new FlowError('single sign-on', answer);
  return redeem(subject, location, verifier);
}

function authorizationRequest({ endpoints }: Subject, options: AuthorizationOptions) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: CLIENT.id,
    redirect_uri: CLIENT.redirectUri,
    response_type: 'code',
    scope: options.scope ?? 'openid profile',
    state: verifier.slice(0, 16),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
  });
  return { address: `${endpoints.authorization}?${query}`, verifier };
}

async function redeem(subject: Subject, redirect: string, verifier: string): Promise<Tokens> {
  const code = new URL(redirect).searchParams.get('code');
  if (code === null) throw new Error(`the authorization ended with ${new URL(redirect).search}`);
  return askTokens(subject, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CLIENT.redirectUri,
    code_verifier: verifier,
  });
}

/** The refresh grant; both sides rotate. */
export function refresh(subject: Subject, refreshToken: string): Promise<Tokens> {
  return askTokens(subject, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

async function askTokens(subject: Subject, fields: Record<string, string>): Promise<Tokens> {
  const tokens = await askToken(subject, fields);
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = tokens;
  if (accessToken === undefined || idToken === undefined) throw new Error('a token is missing');
  return { accessToken, idToken, refreshToken };
}

/** The client credentials grant; resolves to the access token. */
export async function clientCredentials(subject: Subject): Promise<string> {
  const { access_token: token } = await askToken(subject, {
    grant_type: 'client_credentials',
    scope: 'access:evaluate',
  });
  if (token === undefined) throw new Error('the access token is missing');
  return token;
}

async function askToken(subject: Subject, fields: Record<string, string>) {
  const answer = await postAsClient(subject, subject.endpoints.token, fields);
  if (answer.status !== 200) throw new FlowError('the token endpoint', answer);
  return JSON.parse(answer.body) as Partial<Record<'access_token' | 'id_token' | 'refresh_token', string>>;
}

export async function introspect(subject: Subject, token: string): Promise<void> {
  const answer = await postAsClient(subject, subject.endpoints.introspection, { token });
  if (answer.status !== 200 || !answer.body.includes('"active":true'))
    throw new FlowError('introspection', answer);
}

function postAsClient({ wire }: Subject, target: string, fields: Record<string, string>): Promise<Answer> {
  return wire.ask(target, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
}

export async function userinfo({ wire, endpoints }: Subject, accessToken: string): Promise<void> {
  const answer = await wire.ask(endpoints.userinfo, { headers: { authorization: `Bearer ${accessToken}` } });
  if (answer.status !== 200) throw new FlowError('userinfo', answer);
}

export async function discovery({ wire }: Subject): Promise<void> {
  const answer = await wire.ask(DISCOVERY_PATH);
  if (answer.status !== 200) throw new FlowError('discovery', answer);
}

/** Signs in one person per virtual user, each in a browser of their own. */
export function signInAll(
  subject: Subject,
  count: number,
  options: AuthorizationOptions = {},
): Promise<readonly { readonly visitor: Visitor; readonly tokens: Tokens }[]> {
  return Promise.all(
    subject.accounts.slice(0, count).map(async account => {
      const visitor = createVisitor(subject.wire);
      return { visitor, tokens: await signIn(subject, visitor, account, options) };
    }),
  );
}

function isRedirect({ status }: Answer): boolean {
  return status === 302 || status === 303;
}
