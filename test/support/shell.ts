import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHttp, listen, type Http, type HttpDeps, type Listener } from '#http/index.ts';
import { systemClock } from '#kernel/index.ts';
import { createTestSealer } from './store.ts';

/** A shell on a free port, with two small views of its own. */
export interface TestShell {
  readonly http: Http;
  readonly host: string;
  readonly port: number;
  /** Lines of the log, as objects. */
  readonly log: readonly Record<string, unknown>[];
  start(): Promise<void>;
  send(options: SendOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface SendOptions {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export async function createTestShell(overrides: Partial<HttpDeps> = {}): Promise<TestShell> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-views-'));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'assets', 'icons.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(path.join(folder, 'error.eta'), '<h1><%= it.message %></h1><p><%= it.reference %></p>');
  await writeFile(
    path.join(folder, 'form.eta'),
    '<form method="post"><input name="csrf" value="<%= it.csrf %>"></form>',
  );
  const log: Record<string, unknown>[] = [];
  const write = (fields: object, message: string) => void log.push({ ...fields, message });
  const host = 'idp.example';
  const http = createHttp({
    issuer: `http://${host}`,
    otherHosts: [],
    proxyHops: 0,
    metricsToken: undefined,
    viewsFolder: folder,
    frame: { label: 'demonstration', isDemo: true, region: async () => ({ name: 'Région', support: '01' }) },
    clock: systemClock,
    sealer: createTestSealer(),
    logger: { info: write, warn: write, error: write },
    ...overrides,
  });
  let listener: Listener | undefined;
  return {
    http,
    host,
    log,
    get port() {
      return listener?.port ?? 0;
    },
    async start() {
      listener = await listen(http.listener(), ['127.0.0.1'], 0);
    },
    send: options => send(listener?.port ?? 0, { ...options, headers: { Host: host, ...options.headers } }),
    async close() {
      await listener?.close({ drainMs: 0 });
      await rm(folder, { recursive: true });
    },
  };
}

/** One request, exactly as given: fetch would not let a test choose the Host header. */
export function send(
  port: number,
  { path: target, method = 'GET', headers = {}, body }: SendOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, path: target, method, headers, agent: false },
      incoming => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
