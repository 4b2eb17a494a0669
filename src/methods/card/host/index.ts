/**
 * The card host: another address, on which browsers show the certificate of a card in the TLS handshake, and the way
 * back to the sign-in that waits. Owns how a certificate reaches us, and its pages; what a certificate is worth is
 * judged beside (`judge.ts`), and who its holder is here, by the means itself.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Audit } from '#audit/index.ts';
import {
  createHttp,
  listen,
  listenOnSocket,
  type Listener,
  type HttpLogger,
  type PageFrame,
} from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { MethodService } from '../../method.ts';
import type { CardJudge } from '../judge.ts';
import type { HandOff } from './hand-off.ts';
import { createCardPages } from './pages.ts';
import type { Presented, ReadPresented } from './presented.ts';
import { createProxyReader, SECRET_HEADER, type ProxySettings } from './proxy.ts';
import { listenTls, readFromHandshake, type TlsSettings } from './tls.ts';

/** How browsers reach the card host: by TLS of its own, or through a declared proxy. */
export type Entrance =
  | ({ readonly kind: 'tls'; readonly header: string } & Omit<TlsSettings, 'addresses' | 'port'>)
  | ({ readonly kind: 'proxy' } & ProxySettings);

export interface CardHostDeps {
  readonly entrance: Entrance;
  /** The public address. */
  readonly url: string;
  /** Where to listen; a socket of the file system, where the entrance is one, takes their place. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly issuer: string;
  readonly viewsFolder: string;
  readonly frame: PageFrame;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly logger: HttpLogger;
  readonly audit: Audit;
  readonly judge: CardJudge;
  readonly handOff: HandOff;
  readonly professionLabel: (code: string) => string;
}

const NOTHING: Presented = { certificate: null, protocol: null };

export function createCardHost(deps: CardHostDeps): MethodService {
  const { entrance, url, logger } = deps;
  const http = createHttp({
    issuer: url,
    otherHosts: [],
    proxyHops: entrance.kind === 'proxy' ? 1 : 0,
    metricsToken: undefined,
    viewsFolder: deps.viewsFolder,
    frame: deps.frame,
    isSelfContained: true,
    clock: deps.clock,
    sealer: deps.sealer,
    logger,
  });
  const read: ReadPresented = entrance.kind === 'tls' ? readFromHandshake : createProxyReader(entrance);
  const presented = new WeakMap<IncomingMessage, Presented>();
  http.use(createCardPages({ ...deps, http, presentedIn: ctx => presented.get(ctx.req) ?? NOTHING }));

  const serve = http.listener();
  const handler: RequestListener = (request, response) => {
    // SECURITY: one answer for one connection. The next one is made anew, and the card, if it is still there, signs it.
    response.setHeader('Connection', 'close');
    const shown = read(request);
    if (shown === null) return turnAway(request, response);
    presented.set(request, shown);
    // SECURITY: read once, above, from whom it may come; nothing further down ever sees them.
    for (const name of [entrance.header, SECRET_HEADER]) delete request.headers[name];
    serve(request, response);
  };

  /** Somebody who is not the declared proxy: no page, nothing that they could learn. */
  function turnAway(request: IncomingMessage, response: ServerResponse): void {
    logger.warn(
      { code: 'card.undeclared_proxy', source: request.socket.remoteAddress ?? 'socket' },
      'a request to the card host did not come from the declared proxy',
    );
    response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end('Cette adresse n’est accessible que par le service.\n');
  }

  function warnOfFull(network: string): void {
    logger.warn(
      { code: 'card.too_many_connections', network },
      'one network holds all the connections it may',
    );
  }

  let listener: Listener | undefined;
  return {
    async start() {
      const { addresses, port } = deps;
      if (entrance.kind === 'tls')
        listener = await listenTls({ ...entrance, addresses, port }, handler, warnOfFull);
      else if (entrance.peer.kind === 'socket') listener = await listenOnSocket(handler, entrance.peer.file);
      else listener = await listen(handler, addresses, port);
    },
    async stop() {
      http.health.drain();
      await listener?.close();
      listener = undefined;
    },
  };
}
