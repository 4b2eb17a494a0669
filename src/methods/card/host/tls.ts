import { constants } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { listen, type Listener, type MakeServer } from '#http/index.ts';
import type { RequestListener } from 'node:http';
import { boundPerNetwork } from './per-network.ts';
import type { Presented } from './presented.ts';

export interface TlsSettings {
  readonly addresses: readonly string[];
  readonly port: number;
  /** PEM: the server's own, its chain after it. */
  readonly certificate: string;
  readonly privateKey: string;
  /** PEM of the authorities that issue cards: browsers offer certificates of these, and hide all others. */
  readonly issuers: readonly string[];
  /** Readers that cannot sign by RSA-PSS need 1.2 (domain §4): TLS 1.3 knows no other way. */
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** How many connections one network (an IPv4 address, an IPv6 /64) may hold at once. */
  readonly perNetwork: number;
  readonly patience?: Patience;
}

/** How long the host waits for a client, in milliseconds. */
export interface Patience {
  /** A reader asks for its PIN within the handshake; a person who looks for it takes a while. */
  readonly handshakeMs: number;
  /** From the end of the handshake to that of the request's headers: a browser has them ready. */
  readonly headersMs: number;
}

const PATIENCE: Patience = { handshakeMs: 90_000, headersMs: 10_000 };
/** How often the server looks for connections whose time is over. */
const SWEEP_MS = 1_000;
/** Bounds what never finishes: sockets that wait for a PIN cost little, and no more than this many wait. */
const MAX_CONNECTIONS = 2_000;

/**
 * The card host's own TLS: asks every browser for a certificate.
 *
 * SECURITY: `rejectUnauthorized` is off and nothing is lost by it. OpenSSL verifies the handshake's signature all the
 * same: whoever comes with a certificate holds its key. Whether the certificate counts is judged afterwards, by rules
 * that OpenSSL does not know (anchors by mode, card types, revocation), and a refusal becomes a page that says what to
 * do; OpenSSL's own would break the connection off, and the browser would show a code.
 *
 * SECURITY: nothing is resumed. A ticket or a session cache would let the browser come back as the card's holder
 * after the card was taken out; so would a connection that is kept (`Connection: close`, by the host).
 */
export function listenTls(
  settings: TlsSettings,
  handler: RequestListener,
  onFull: (network: string) => void,
): Promise<Listener> {
  const { handshakeMs, headersMs } = settings.patience ?? PATIENCE;
  const make: MakeServer = (bounds, onRequest) => {
    const server = createServer(
      {
        ...bounds,
        cert: settings.certificate,
        key: settings.privateKey,
        ca: [...settings.issuers],
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        maxVersion: settings.maxVersion,
        // Node keeps no session cache of its own, and the host gives it none.
        secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
        handshakeTimeout: handshakeMs,
        headersTimeout: headersMs,
        connectionsCheckingInterval: Math.min(SWEEP_MS, headersMs),
        ALPNProtocols: ['http/1.1'],
      },
      onRequest,
    );
    server.maxConnections = MAX_CONNECTIONS;
    boundPerNetwork(server, settings.perNetwork, onFull);
    return server;
  };
  return listen(handler, settings.addresses, settings.port, make);
}

/** What the handshake of this request's own connection has shown. */
export function readFromHandshake(request: IncomingMessage): Presented {
  const socket = request.socket as TLSSocket;
  const certificate = socket.getPeerX509Certificate()?.raw ?? null;
  return { certificate, protocol: socket.getProtocol() };
}
