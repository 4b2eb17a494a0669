import { request as requestHttp } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';

/** What a call to the provider looks like to the libraries, which bring their own `fetch` shape. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method?: string | undefined;
  readonly headers?: Headers | Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

/** More than any metadata, key set, token answer or userinfo that we have a use for. */
const MAX_BYTES = 256 * 1024;
const BODILESS = new Set([101, 204, 205, 304]);

/** A call that brought no answer which could be read: unreachable, too slow, too large. The message is for the log. */
export class UpstreamUnreachable extends Error {}

/**
 * Calls to one provider, over TLS with our certificate where it asks for one. SECURITY: an answer is bounded in time
 * and size, and a redirection is handed back as it is: it is never followed, nor is a certificate shown elsewhere.
 */
export function createOutgoing(tls?: { readonly certificate: string; readonly key: string }) {
  const agent = new Agent(tls ? { cert: tls.certificate, key: tls.key } : {});

  /** A `fetch` for one exchange: however many calls it takes, all of them end by then. */
  return (seconds: number): Fetch => {
    const signal = AbortSignal.timeout(seconds * 1000);
    return (url, { method = 'GET', headers, body }) =>
      new Promise((resolve, reject) => {
        const target = new URL(url);
        const isTls = target.protocol === 'https:';
        const fail = (message: string) => reject(new UpstreamUnreachable(message));
        const options = { method, headers: plainHeaders(headers), signal };
        const call = isTls
          ? requestHttps(target, { ...options, agent })
          : requestHttp(target, { ...options, agent: false });
        call.on('error', ({ message }) => fail(signal.aborted ? 'no answer in time' : message));
        call.on('response', answer => {
          const chunks: Buffer[] = [];
          let size = 0;
          answer.on('error', ({ message }) => fail(signal.aborted ? 'no answer in time' : message));
          answer.on('data', (chunk: Buffer) => {
            size += chunk.byteLength;
            if (size <= MAX_BYTES) return void chunks.push(chunk);
            fail('the answer is too large');
            call.destroy();
          });
          answer.on('end', () => {
            const status = answer.statusCode ?? 502;
            const type = answer.headers['content-type'];
            resolve(
              new Response(BODILESS.has(status) ? null : Buffer.concat(chunks), {
                status,
                headers: type === undefined ? {} : { 'content-type': type },
              }),
            );
          });
        });
        call.end(bodyOf(body));
      });
  };
}

function plainHeaders(headers: FetchInit['headers']): Record<string, string> {
  const plain = Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers ?? {}));
  // Nothing is inflated here.
  return { ...plain, 'accept-encoding': 'identity' };
}

function bodyOf(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a body of this kind is never sent to a provider');
}
