import { createServer, type RequestListener, type Server } from 'node:http';

export interface Listener {
  /** Addresses really bound: with port 0 the system chooses. */
  readonly port: number;
  /** Refuses new connections, lets requests under way end for at most `drainMs`, then closes the rest. */
  close(drainMs?: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;
const SWEEP_MS = 50;

/** Listens on every address with the same port. Rejects with the system's error when one is taken. */
export async function listen(
  handler: RequestListener,
  addresses: readonly string[],
  port: number,
): Promise<Listener> {
  const servers: Server[] = [];
  let bound = port;
  for (const address of addresses) {
    const server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
      },
      handler,
    );
    try {
      bound = await bind(server, address, bound);
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 still has the IPv4 loopback.
      if (servers.length > 0 && (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') continue;
      await Promise.all(servers.map(other => shut(other, 0)));
      throw error;
    }
  }
  return {
    port: bound,
    close: async (drainMs = 10_000) => void (await Promise.all(servers.map(server => shut(server, drainMs)))),
  };
}

function bind(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : port);
    });
  });
}

function shut(server: Server, drainMs: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection that is kept alive becomes idle only when its answer has gone: Node would wait for its time-out.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
