import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '#http/index.ts';
import type { App } from '../../src/app.ts';
import { freePort } from './ports.ts';

/** Whether every test service is two instances on one store, requests going to them in turn (`npm run test:two-instances`). */
export const isOfTwoInstances = process.env['TEST_INSTANCES'] === '2';

/** The folder of the second instance, in that of the first, so that it goes with it. */
const SECOND = 'second';

type Settings = Readonly<Record<string, string>>;

/**
 * Opens the service twice, as `docs/operations.md` says: the same settings, a data folder each, one store; and a relay
 * before them where the service is to be reached. What it answers is the first instance, of which `stop` ends both.
 */
export async function openTwoInstances(deps: {
  readonly settings: Settings & Readonly<Record<'TROUSSEAU_PORT' | 'TROUSSEAU_DATA_DIR', string>>;
  readonly open: (settings: Settings) => Promise<App>;
  /** What is done by the first instance before anybody comes. */
  readonly importRegion: (first: App) => Promise<void>;
}): Promise<App> {
  const { settings, open } = deps;
  const [port, cardPort] = [settings['TROUSSEAU_PORT'], settings['TROUSSEAU_CARD_PORT']];
  const shared = {
    TROUSSEAU_ISSUER: `http://localhost:${port}`,
    ...(cardPort === undefined ? {} : { TROUSSEAU_CARD_URL: `https://localhost:${cardPort}` }),
    ...settings,
    TROUSSEAU_PROXY_HOPS: '1',
  };
  const own = async (folder: string) => ({
    TROUSSEAU_PORT: String(await freePort()),
    TROUSSEAU_CARD_PORT: String(await freePort()),
    TROUSSEAU_DATA_DIR: folder,
  });
  const places = [
    await own(settings['TROUSSEAU_DATA_DIR']),
    await own(path.join(settings['TROUSSEAU_DATA_DIR'], SECOND)),
  ];
  const apps: App[] = [];
  for (const place of places) {
    const app = await open({ ...shared, ...place });
    if (apps.length === 0) {
      await deps.importRegion(app);
      await shareSecrets(place.TROUSSEAU_DATA_DIR, path.join(place.TROUSSEAU_DATA_DIR, SECOND));
    }
    await app.start();
    apps.push(app);
  }
  const [first, ...others] = apps;
  if (!first) throw new Error('no instance was opened');
  const relays = [
    await relayRequests(
      Number(port),
      places.map(({ TROUSSEAU_PORT }) => Number(TROUSSEAU_PORT)),
    ),
  ];
  if (cardPort !== undefined)
    relays.push(
      await relayConnections(
        Number(cardPort),
        places.map(place => Number(place.TROUSSEAU_CARD_PORT)),
      ),
    );
  const onEach =
    <T>(act: (app: App) => Promise<T>) =>
    async (): Promise<T> => {
      await Promise.all(others.map(app => act(app)));
      return act(first);
    };
  return {
    ...first,
    // What a test asks of the service as a whole is asked of both.
    outbox: { ...first.outbox, drain: onEach(app => app.outbox.drain()) },
    oidc: { ...first.oidc, refreshKeys: onEach(app => app.oidc.refreshKeys()) },
    access: { ...first.access, load: onEach(app => app.access.load()) },
    jobs: { ...first.jobs, runNow: name => untilRun(() => first.jobs.runNow(name)) },
    async stop() {
      await Promise.all(relays.map(relay => relay.close()));
      await Promise.all(apps.map(app => app.stop()));
    },
  };
}

/** A demonstration makes its sealing keys in its data folder; where the keys are settings, there is nothing to share. */
async function shareSecrets(from: string, to: string): Promise<void> {
  const name = 'demo-secrets.json';
  await mkdir(to, { mode: 0o700 });
  await cp(path.join(from, name), path.join(to, name), { force: false }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
}

/** A job that the other instance is at just now is done here once it has let go. */
async function untilRun(run: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await run()) return true;
    await delay(50);
  }
  return false;
}

interface Relay {
  close(): Promise<void>;
}

/**
 * The simplest proxy: each request goes to the next instance, whoever sends it, with the caller's address added as
 * real ones do. Looks at no health and repeats nothing.
 */
async function relayRequests(port: number, instances: readonly number[]): Promise<Relay> {
  let turn = 0;
  const relay = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const upstream = request({
      host: '127.0.0.1',
      port: instances[turn++ % instances.length],
      method: incoming.method,
      path: incoming.url,
      headers: [...fieldsOf(incoming), 'X-Forwarded-For', forwardedFor(incoming), 'Connection', 'close'],
      setHost: false,
      agent: false,
    });
    upstream.once('response', from => {
      answer.writeHead(from.statusCode ?? 502, from.statusMessage, fieldsOf(from));
      from.pipe(answer);
    });
    upstream.once('error', () => answer.destroy());
    answer.once('close', () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const listener = await listen(relay, ['127.0.0.1', '::1'], port);
  return { close: () => listener.close({ drainMs: 0 }) };
}

/** The same for connections that only the instances can read: each goes to the next. */
async function relayConnections(port: number, instances: readonly number[]): Promise<Relay> {
  let turn = 0;
  const server = createServer(socket => {
    const upstream = connect(instances[turn++ % instances.length] ?? 0, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      end.on('error', () => undefined);
      end.once('close', () => (end === socket ? upstream : socket).destroy());
    }
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return {
    async close() {
      server.close();
    },
  };
}

/** The fields as they came, order and repetitions included, without those that the relay writes itself. */
function fieldsOf({ rawHeaders }: IncomingMessage): string[] {
  const written = new Set(['connection', 'keep-alive', 'x-forwarded-for']);
  return rawHeaders.filter((_, at) => !written.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
}

function forwardedFor({ headers, socket }: IncomingMessage): string {
  return [headers['x-forwarded-for'] ?? [], socket.remoteAddress ?? ''].flat().join(', ');
}
