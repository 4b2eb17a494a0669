import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Connections to one server, kept alive and shared by all virtual users. */
export interface Wire {
  readonly origin: string;
  /** `target` is a path, or an absolute address on `origin`. Follows no redirect. Rejects when the connection breaks. */
  ask(target: string, ask?: Ask): Promise<Answer>;
  close(): void;
}

/** Longer than anything that is measured: what takes this long is a failure, not a slow answer. */
const TIMEOUT_MS = 30_000;

/**
 * `node:http` rather than `fetch`: the load generator shares the machine with what it measures, and fetch costs it
 * about twice the processor time per request. The loopback address is dialled directly, so that no name is looked up.
 */
export function createWire(origin: string): Wire {
  const { hostname, port, host } = new URL(origin);
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 4096 });
  const address = hostname === 'localhost' ? '127.0.0.1' : hostname;

  return {
    origin,
    ask: (target, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const sent = request({
          agent,
          host: address,
          port,
          method,
          path: pathOf(origin, target),
          timeout: TIMEOUT_MS,
          headers: {
            host,
            accept: 'text/html,application/json;q=0.9',
            ...headers,
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
        });
        sent.on('response', answer => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString(),
            }),
          );
        });
        sent.on('timeout', () =>
          sent.destroy(new Error(`${method} ${origin}: no answer within ${TIMEOUT_MS} ms`)),
        );
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function pathOf(origin: string, target: string): string {
  if (target.startsWith('/')) return target;
  if (!target.startsWith(`${origin}/`))
    throw new Error(`not an address of ${origin}: ${target.split('?')[0]}`);
  return target.slice(origin.length);
}
