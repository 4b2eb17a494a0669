import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { equalsInConstantTime } from '#kernel/index.ts';
import { plainAddress } from './peer-address.ts';
import type { ReadPresented } from './presented.ts';

/** Who may speak for browsers. */
export type DeclaredPeer =
  | { readonly kind: 'socket'; readonly file: string }
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] };

export interface ProxySettings {
  readonly peer: DeclaredPeer;
  /** Where the proxy writes the certificate, in lower case. */
  readonly header: string;
  /** Proves the proxy, beside its address; may be absent on a socket of the file system. */
  readonly secret: string | undefined;
}

/** In lower case, as Node gives them. */
export const SECRET_HEADER = 'x-trousseau-proxy-secret';
const PROTOCOL_HEADER = 'x-ssl-protocol';

/** A certificate of a card has some 2 KiB; as escaped PEM, less than three times that. */
const MAX_LENGTH = 12 * 1024;

/**
 * Reads the certificate that the declared proxy forwards: PEM, escaped (nginx `$ssl_client_escaped_cert`), or DER in
 * base64 (haproxy `ssl_c_der,base64`).
 *
 * SECURITY: a certificate is public; a header that carries one proves nothing but by whom it comes (trap 15). Who is
 * not the declared peer with its secret is refused whole, header or not.
 */
export function createProxyReader(settings: ProxySettings): ReadPresented {
  const { peer, header, secret } = settings;
  const isPeer = (request: IncomingMessage): boolean =>
    peer.kind === 'socket' || peer.addresses.includes(plainAddress(request.socket.remoteAddress));

  return request => {
    const given = onlyValue(request, SECRET_HEADER);
    const knowsSecret = secret === undefined || equalsInConstantTime(given ?? '', secret);
    if (!isPeer(request) || !knowsSecret) return null;
    const text = onlyValue(request, header);
    return { certificate: text === null ? null : readForwarded(text), protocol: protocolOf(request) };
  };
}

/** Bytes that no judge takes for a certificate. */
const UNREADABLE = new Uint8Array();

/** DER of what the proxy wrote. */
function readForwarded(text: string): Uint8Array | null {
  // What proxies write for a browser that showed none.
  if (text === '' || text === '-') return null;
  if (text.length > MAX_LENGTH) return UNREADABLE;
  try {
    if (/^-----BEGIN/u.test(text)) return new X509Certificate(decodeURIComponent(text)).raw;
    return /^[A-Za-z0-9+/]+={0,2}$/u.test(text) ? Buffer.from(text, 'base64') : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

/** SECURITY: a header that came twice was written by two: one of them is not the proxy. */
function onlyValue(request: IncomingMessage, name: string): string | null {
  const values = request.headersDistinct[name] ?? [];
  if (values.length > 1) return '\0';
  return values[0] ?? null;
}

function protocolOf(request: IncomingMessage): string | null {
  const text = onlyValue(request, PROTOCOL_HEADER);
  return text !== null && /^TLSv1\.[23]$/u.test(text) ? text : null;
}
