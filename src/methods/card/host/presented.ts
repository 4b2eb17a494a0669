import type { IncomingMessage } from 'node:http';

/** What a connection to the card host has shown of the browser behind it. */
export interface Presented {
  /** DER of the certificate whose key the browser has used in the handshake; `null`: it showed none. */
  readonly certificate: Uint8Array | null;
  /** `TLSv1.2`, `TLSv1.3`; `null` where a proxy does not tell. */
  readonly protocol: string | null;
}

/**
 * Reads it from a request; `null` for a request of somebody who may not speak for a browser. INVARIANT: whoever
 * answers a request with a certificate has verified the handshake's signature, itself or by the declared proxy.
 */
export type ReadPresented = (request: IncomingMessage) => Presented | null;
