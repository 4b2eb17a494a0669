import { request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { IssuedCard } from '../../../scripts/demo/igc/index.ts';

export interface CardAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `data-code` of the page's alert. */
  readonly code: string | undefined;
  readonly protocol: string | null;
}

export interface CardRequest {
  readonly card?: IssuedCard | undefined;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly tls?: RequestOptions;
}

/** One request to the card host by a browser with this card in its reader: a connection of its own. */
export async function ask(port: number, path: string, asked: CardRequest = {}): Promise<CardAnswer> {
  const { card, form } = asked;
  const key = await card?.privateKey();
  const body = form && new URLSearchParams(form).toString();
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: asked.method ?? (form ? 'POST' : 'GET'),
        agent: false,
        // The tests look at what the host does with a client; the client trusts any host here.
        rejectUnauthorized: false,
        ...(card ? { cert: card.certificate.pem, key } : {}),
        headers: {
          host: `localhost:${port}`,
          accept: 'text/html',
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...asked.headers,
        },
        ...asked.tls,
      },
      answer => {
        const protocol = (answer.socket as TLSSocket).getProtocol();
        readAnswer(answer, protocol).then(resolve, reject);
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

export async function readAnswer(answer: IncomingMessage, protocol: string | null): Promise<CardAnswer> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const code = /role="alert" data-code="([^"]+)"/u.exec(text)?.[1];
  return { status: answer.statusCode ?? 0, headers: answer.headers, text, code, protocol };
}

/** The hidden fields of the page's form. */
export function fieldsOf({ text }: CardAnswer): Record<string, string> {
  const inputs = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/gu);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]));
}

export function cookiesOf({ headers }: CardAnswer): string {
  return (headers['set-cookie'] ?? []).map(line => line.split(';')[0] ?? '').join('; ');
}

/** Reads the card, then says yes to the page that names its holder, with `second` in the reader by then; `host`: behind a proxy. */
export async function confirm(
  port: number,
  path: string,
  card: IssuedCard,
  second: IssuedCard | undefined = card,
  host = `localhost:${port}`,
): Promise<CardAnswer> {
  const page = await ask(port, path, { card, headers: { host } });
  if (page.status !== 200) return page;
  return ask(port, '/sign-in', {
    card: second,
    form: fieldsOf(page),
    headers: { host, cookie: cookiesOf(page) },
  });
}
