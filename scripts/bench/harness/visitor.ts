import type { Answer, Ask, Wire } from './wire.ts';

/** One virtual user: a cookie jar of its own on shared connections. Knows no page and follows no redirect by itself. */
export interface Visitor {
  get(target: string): Promise<Answer>;
  /** Posts a form. */
  post(target: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
}

interface Cookie {
  readonly name: string;
  readonly path: string;
  readonly pair: string;
}

export function createVisitor(wire: Wire): Visitor {
  // By name and path, as in a browser (RFC 6265 §5.3); the host is always the same.
  const jar = new Map<string, Cookie>();

  async function ask(target: string, options: Ask): Promise<Answer> {
    const cookie = cookiesFor(target);
    const headers = cookie === '' ? options.headers : { ...options.headers, cookie };
    const answer = await wire.ask(target, { ...options, ...(headers ? { headers } : {}) });
    for (const line of answer.headers['set-cookie'] ?? []) keep(line);
    return answer;
  }

  function cookiesFor(target: string): string {
    const path = new URL(target, wire.origin).pathname;
    const pairs: string[] = [];
    for (const cookie of jar.values()) if (isUnder(path, cookie.path)) pairs.push(cookie.pair);
    return pairs.join('; ');
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map(part => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const read = (key: string) =>
      attributes.find(text => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
    const path = read('path') ?? '/';
    const expires = read('expires');
    const isGone = pair.endsWith('=') || (expires !== undefined && Date.parse(expires) < LONG_AGO_MS);
    if (isGone) jar.delete(`${name} ${path}`);
    else jar.set(`${name} ${path}`, { name, path, pair });
  }

  return {
    get: target => ask(target, {}),
    post: (target, fields) =>
      ask(target, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

/** A cookie that expired this long ago is being deleted: servers write the first second of 1970. */
const LONG_AGO_MS = 86_400_000;

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
