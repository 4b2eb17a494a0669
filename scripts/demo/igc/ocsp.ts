import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer as readBody } from 'node:stream/consumers';
import type { Clock } from '#kernel/index.ts';
import type { Authority } from './authorities.ts';
import type { KeyRing } from './keys.ts';
import { answerOcsp, issueResponder, unsuccessfulAnswer } from './ocsp-answer.ts';

export type OcspStatus = 'good' | 'revoked' | 'unknown';

/**
 * How the responder answers. Only `answer` is honest: the others are what a client must not believe.
 * - `stale`: true once, its `nextUpdate` is past · `other-certificate`: about the next serial number
 * - `other-nonce`, `no-nonce`: the request's nonce changed or left out
 * - `forged`: the signature is by a key that the authority never named
 * - `not-a-responder`: signed by a certificate of the authority without `id-kp-OCSPSigning`
 * - `try-later`: an error of the protocol · `failure`: HTTP 500 · `garbage`: no ASN.1 · `silent`: no answer at all
 */
export type OcspBehaviour =
  | 'answer'
  | 'stale'
  | 'other-certificate'
  | 'other-nonce'
  | 'no-nonce'
  | 'forged'
  | 'not-a-responder'
  | 'try-later'
  | 'failure'
  | 'garbage'
  | 'silent';

export interface OcspResponder {
  readonly url: string;
  /** Changes what follows. */
  behave(behaviour: OcspBehaviour): void;
  /** How many requests came. */
  requests(): number;
  close(): Promise<void>;
}

export async function startOcsp({
  authority,
  keys,
  clock,
  statusOf,
}: {
  authority: Authority;
  keys: KeyRing;
  clock: Clock;
  statusOf: (serial: string) => OcspStatus;
}): Promise<OcspResponder> {
  const service = await keys('service');
  const responder = await issueResponder(authority, service, clock.nowMs(), true);
  const impostor = await issueResponder(authority, service, clock.nowMs(), false);
  const stranger = await keys('holders');
  let behaviour: OcspBehaviour = 'answer';
  let count = 0;

  const answerTo = (request: Uint8Array): Promise<Uint8Array> => {
    if (behaviour === 'garbage') return Promise.resolve(Buffer.from('<html>proxy</html>'));
    if (behaviour === 'try-later') return Promise.resolve(unsuccessfulAnswer(3));
    return answerOcsp(request, {
      nowMs: clock.nowMs(),
      behaviour,
      statusOf,
      certificate: behaviour === 'not-a-responder' ? impostor : responder,
      signingKey: behaviour === 'forged' ? stranger.privateKey : service.privateKey,
    });
  };

  const server = createServer((request, response) => {
    count += 1;
    if (behaviour === 'silent') return;
    if (behaviour === 'failure') {
      response.writeHead(500).end();
      return;
    }
    readBody(request)
      .then(body => answerTo(body))
      .catch(() => unsuccessfulAnswer(1))
      .then(answer => response.setHeader('content-type', 'application/ocsp-response').end(answer))
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    behave(next) {
      behaviour = next;
    },
    requests: () => count,
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
