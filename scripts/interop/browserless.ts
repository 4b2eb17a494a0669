/**
 * A browser without a screen, for scripts: keeps cookies per host, follows redirects, reads and submits the plain
 * forms of a server-rendered page. Owns no knowledge of any page; knows no JavaScript, no frames, no caching.
 */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The forms of the page, in order. */
  readonly forms: readonly PageForm[];
  /** `data-code` of the page's alert, when there is one. */
  readonly alertCode: string | undefined;
}

export interface PageForm {
  readonly id: string;
  readonly method: string;
  readonly action: URL;
  /** Fields that the page itself filled in, hidden ones and the first button included: what Enter would send. */
  readonly fields: Readonly<Record<string, string>>;
  /** The values that radio buttons and checkboxes offer, by field name. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

export interface Visit {
  /** A redirect to an address that starts like this is not followed: the page is then the redirect's target, empty. */
  readonly stopAt?: string;
}

export interface Browserless {
  get(url: string | URL, visit?: Visit): Promise<Page>;
  /** Submits the form of that id with its own fields, overridden and completed by `values` (several: boxes ticked). */
  submit(
    page: Page,
    formId: string,
    values?: Readonly<Record<string, string | readonly string[]>>,
    visit?: Visit,
  ): Promise<Page>;
  /** Posts a body that no form of a page makes: one with a file in it, or a forged one. */
  post(url: string | URL, body: FormData | URLSearchParams, visit?: Visit): Promise<Page>;
  /** The value of a cookie kept for a host. */
  cookie(host: string, name: string): string | undefined;
  clearCookies(): void;
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

const MAX_REDIRECTS = 20;

export function createBrowserless(): Browserless {
  // As in a browser, a cookie belongs to a host and a path, whatever the port (RFC 6265 §8.5).
  const jar = new Map<string, Cookie>();

  function cookiesFor(url: URL): string {
    return [...jar.values()]
      .filter(({ host, path }) => host === url.hostname && isUnder(url.pathname, path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  function keep(url: URL, headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map(part => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const attribute = (key: string) =>
        attributes.find(text => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
      const path = attribute('path') ?? '/';
      const key = `${url.hostname} ${path} ${name}`;
      const expires = attribute('expires');
      const gone =
        attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= EPOCH_END_MS);
      if (gone || value === '') jar.delete(key);
      else jar.set(key, { host: url.hostname, path, name, value });
    }
  }

  async function visitAll(start: URL, init: RequestInit, { stopAt }: Visit): Promise<Page> {
    let url = start;
    let request = init;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const headers = new Headers(request.headers);
      headers.set('accept', 'text/html,application/xhtml+xml,application/json;q=0.5');
      const cookies = cookiesFor(url);
      if (cookies !== '') headers.set('cookie', cookies);
      const response = await fetch(url, { ...request, headers, redirect: 'manual' });
      keep(url, response.headers);
      const location = response.headers.get('location');
      const body = await response.text();
      if (location === null || response.status < 300 || response.status > 399)
        return readPage(url, response, body);
      url = new URL(location, url);
      if (stopAt !== undefined && url.href.startsWith(stopAt)) return readPage(url, response, '');
      // Only 307 and 308 repeat the method and the body.
      if (response.status < 307) request = {};
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects, the last to ${url.pathname}`);
  }

  return {
    get: (url, visit = {}) => visitAll(new URL(url), {}, visit),
    submit(page, formId, values = {}, visit = {}) {
      const form = page.forms.find(({ id }) => id === formId);
      if (form === undefined)
        throw new Error(
          `no form ${formId} at ${page.url.pathname} (${page.status}): ${page.forms.map(({ id }) => id).join(', ') || 'none'}`,
        );
      const filled = new URLSearchParams(
        Object.entries({ ...form.fields, ...values }).flatMap(([name, value]) =>
          (typeof value === 'string' ? [value] : value).map((each): [string, string] => [name, each]),
        ),
      );
      if (form.method === 'post') return visitAll(form.action, { method: 'POST', body: filled }, visit);
      const url = new URL(form.action);
      url.search = filled.toString();
      return visitAll(url, {}, visit);
    },
    post: (url, body, visit = {}) => visitAll(new URL(url), { method: 'POST', body }, visit),
    cookie: (host, name) =>
      [...jar.values()].find(cookie => cookie.host === host && cookie.name === name)?.value,
    clearCookies: () => jar.clear(),
  };
}

/** A cookie that expires before this is being deleted: servers write the epoch's first second. */
const EPOCH_END_MS = 86_400_000;

function isUnder(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

function readPage(url: URL, { status, headers }: Response, body: string): Page {
  const alert = [...body.matchAll(/<\w+\b[^>]*>/gu)]
    .map(([tag]) => readAttributes(tag))
    .find(attributes => attributes.role === 'alert' && attributes['data-code'] !== undefined);
  return { url, status, headers, body, forms: readForms(url, body), alertCode: alert?.['data-code'] };
}

function readForms(url: URL, body: string): PageForm[] {
  return [...body.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gsu)].map(([, tag = '', content = '']) => {
    const form = readAttributes(tag);
    const fields: Record<string, string> = {};
    const choices: Record<string, string[]> = {};
    const button = [...content.matchAll(/<button\b[^>]*>/gu)]
      .map(([start]) => readAttributes(start))
      .find(({ type }) => type === undefined || type === 'submit');
    if (button?.name !== undefined) fields[button.name] = button.value ?? '';
    for (const [input] of content.matchAll(/<input\b[^>]*>/gu)) {
      const { name, value, type, checked } = readAttributes(input);
      if (name === undefined || type === 'submit' || type === 'button') continue;
      const isChoice = type === 'radio' || type === 'checkbox';
      const given = value ?? (isChoice ? 'on' : '');
      if (isChoice) (choices[name] ??= []).push(given);
      if (!isChoice || checked !== undefined) fields[name] = given;
    }
    return {
      id: form.id ?? '',
      method: (form.method ?? 'get').toLowerCase(),
      action: new URL(form.action === undefined || form.action === '' ? url : form.action, url),
      fields,
      choices,
    };
  });
}

/** The attributes of one start tag; a value may stand in double, single or no quotes. */
function readAttributes(tag: string): Partial<Record<string, string>> {
  const found = tag
    .replace(/^<\w+/u, '')
    .matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/gu);
  return Object.fromEntries(
    [...found].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decodeEntities(double ?? single ?? bare ?? ''),
    ]),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/giu, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(String(hex), 16));
    return ENTITIES[String(name)] ?? whole;
  });
}
