/**
 * A simulated Pro Santé Connect for the demonstration: the code flow with its own discovery path, its claims, its
 * level and its two directions of logout, with a page of fictional people in place of the card. It owns those people
 * and its sessions, in memory; it imports nothing of Trousseau. Never for anything but a demonstration: whoever
 * reaches it is whom they say.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import Koa from 'koa';
import { demoPeople, type PscPerson } from './people.ts';
import { createProtocolRoutes, type PscLogger } from './protocol.ts';
import { createPscState, type PscClient } from './state.ts';
import { createTokens } from './tokens.ts';

export type { PscClient } from './state.ts';

export interface DemoPscOptions {
  /** Exactly as in tokens: `http://localhost:3002/auth/realms/esante-wallet`. */
  readonly issuer: string;
  readonly host: string;
  readonly port: number;
  readonly clients: readonly PscClient[];
  readonly logger: PscLogger;
  /** The demonstration's when absent. */
  readonly people?: readonly PscPerson[];
  /** Epoch milliseconds; the machine's clock when absent. */
  readonly now?: () => number;
}

/** Starts it; resolves when it listens. */
export async function startDemoPsc(
  options: DemoPscOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { issuer, host, port, clients, logger, people = demoPeople, now = Date.now } = options;
  const css = await readFile(new URL('style.css', import.meta.url), 'utf8');
  const app = new Koa();
  app.on('error', (error: unknown) => logger.warn({ error: String(error) }, 'the simulated provider failed'));
  app.use(async (ctx, next) => {
    ctx.set({
      'content-security-policy':
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    if (ctx.path !== '/style.css') return next();
    ctx.type = 'text/css';
    ctx.body = css;
  });
  const state = createPscState(now);
  const tokens = await createTokens(issuer, now);
  app.use(createProtocolRoutes({ issuer, clients, people, state, tokens, now, logger }).routes());

  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    url: new URL(issuer).origin,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
