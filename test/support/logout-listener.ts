import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A relying party's back-channel endpoint: real HTTP, answers what it is told to. */
export interface LogoutListener {
  readonly url: string;
  /** Every logout token received, in order. */
  readonly tokens: string[];
  /** What it answers. */
  status: number;
  close(): Promise<void>;
}

export async function listenForLogout(): Promise<LogoutListener> {
  const tokens: string[] = [];
  const listener = { tokens, status: 200 };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      tokens.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.writeHead(listener.status).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(listener, {
    url: `http://127.0.0.1:${port}/logout`,
    close: () => new Promise<void>(resolve => void server.close(() => resolve())),
  });
}
