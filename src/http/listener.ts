import { chmod, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { connect, Server as ConnectionServer, type ListenOptions } from 'node:net';

export interface Listener {
  /** Addresses really bound: with port 0 the system chooses. */
  readonly port: number;
  /** Refuses new connections, lets requests under way end, then closes the rest. */
  close(bounds?: CloseBounds): Promise<void>;
}

export interface CloseBounds {
  /** How long requests under way may take to end. */
  readonly drainMs?: number;
  /**
   * How long idle connections are kept, for proxies: one that has just sent a request on them may not send it again
   * elsewhere. Each answer meanwhile ends its connection.
   */
  readonly keptMs?: number;
}

/** Makes a server that is not listening yet, within the given bounds: one of clear text unless another is asked for. */
export type MakeServer = (bounds: ServerOptions, handler: RequestListener) => Server;

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;
const SWEEP_MS = 50;
/** A process that was told to stop is gone within ten seconds; the rest of them is for what the modules still write. */
const DRAIN_MS = 8_000;

const BOUNDS: ServerOptions = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
};

/** Listens on every address with the same port. Rejects with the system's error when one is taken. */
export async function listen(
  handler: RequestListener,
  addresses: readonly string[],
  port: number,
  make: MakeServer = createServer,
): Promise<Listener> {
  const servers: Server[] = [];
  let bound = port;
  for (const address of addresses) {
    const server = make(BOUNDS, handler);
    try {
      bound = await bind(server, { host: address, port: bound });
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 still has the IPv4 loopback.
      if (servers.length > 0 && (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') continue;
      await Promise.all(servers.map(other => shut(other, { drainMs: 0 })));
      throw error;
    }
  }
  return {
    port: bound,
    close: async bounds => void (await Promise.all(servers.map(server => shut(server, bounds)))),
  };
}

/**
 * Listens on a socket of the file system, for the service's own group: what may connect is decided by that file and
 * its folder. A file that a crashed process has left is replaced. Rejects with `EADDRINUSE` while somebody listens.
 */
export async function listenOnSocket(handler: RequestListener, file: string): Promise<Listener> {
  if (await isAnswering(file)) throw Object.assign(new Error(`${file} is in use`), { code: 'EADDRINUSE' });
  await rm(file, { force: true });
  const server = createServer(BOUNDS, handler);
  await bind(server, { path: file });
  await chmod(file, 0o660);
  return { port: 0, close: bounds => shut(server, bounds) };
}

function isAnswering(file: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function bind(server: Server, where: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : 0);
    });
  });
}

function shut(server: Server, { drainMs = DRAIN_MS, keptMs = 0 }: CloseBounds = {}): Promise<void> {
  return new Promise(resolve => {
    let sweep: NodeJS.Timeout | undefined;
    const closeIdle = (): void => {
      server.closeIdleConnections();
      // A connection that is kept alive becomes idle only when its answer has gone: Node would wait for its time-out.
      sweep ??= setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    };
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    const kept = setTimeout(closeIdle, keptMs);
    server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
    // Of the class above: that of `http` closes what is idle at once.
    ConnectionServer.prototype.close.call(server, () => {
      for (const timer of [cut, kept, sweep]) clearTimeout(timer);
      // Ends the check of slow requests, which the class above knows nothing of.
      server.close();
      resolve();
    });
    if (keptMs === 0) closeIdle();
  });
}
