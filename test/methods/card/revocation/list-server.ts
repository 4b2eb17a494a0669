import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ByteSource } from '../../../../src/methods/card/revocation/byte-window.ts';

/** A server on the loopback address that answers as it is told. */
export interface ListServer {
  readonly url: string;
  readonly requests: IncomingMessage[];
  answer: RequestListener;
  close(): Promise<void>;
}

export async function startListServer(answer: RequestListener): Promise<ListServer> {
  const server = createServer((request, response) => {
    listServer.requests.push(request);
    listServer.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listServer: ListServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/list.crl`,
    requests: [],
    answer,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return listServer;
}

/** Serves one list, with an entity tag of its own. */
export function serving(der: Uint8Array, etag = `"${der.length}-${der.at(-1)}"`): RequestListener {
  return (request, response) => {
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag, 'content-type': 'application/pkix-crl' }).end(der);
  };
}

/** Bytes that come in pieces of at most `pieceBytes`. */
export function inPieces(bytes: Uint8Array, pieceBytes = 1000): ByteSource {
  let at = 0;
  return {
    size: bytes.length,
    read(into) {
      const piece = bytes.subarray(at, at + Math.min(pieceBytes, into.length));
      into.set(piece);
      at += piece.length;
      return piece.length;
    },
  };
}
