import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAppError } from '#kernel/index.ts';
import { createSmsChannel, readSmsUrl } from '#notify/index.ts';
import { expect } from 'chai';

const CHUNK = Buffer.alloc(64 * 1024, 0x20);
/** Far beyond any answer of a gateway, and what the system's own buffers take besides. */
const MUCH_BYTES = 64 * 1024 * 1024;

/** A gateway that answers with this status at once, and never ends what it says. */
describe('a gateway for text messages that never ends its answer', () => {
  let server: Server;
  let status: number;
  let sentBytes: number;
  let isLeft: Promise<unknown>;
  beforeEach(async () => {
    sentBytes = 0;
    server = createServer((request, response) => {
      isLeft = new Promise(resolve => response.once('close', resolve));
      response.on('error', () => undefined);
      request.resume().once('end', () => {
        response.writeHead(status);
        talk(response);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function talk(response: ServerResponse): void {
    while (!response.destroyed && sentBytes < MUCH_BYTES) {
      sentBytes += CHUNK.byteLength;
      if (!response.write(CHUNK)) return void response.once('drain', () => talk(response));
    }
  }

  /** The code with which a message is refused; `undefined` when it was taken. */
  async function outcome(): Promise<string | undefined> {
    const { port } = server.address() as AddressInfo;
    const address = readSmsUrl(`http://u:p@127.0.0.1:${port}/`);
    if (address === undefined) throw new TypeError('no SMS address');
    // As long as a test may wait: no answer here is late.
    const channel = createSmsChannel({ address, timeoutMs: 20_000 });
    try {
      await channel.send({ id: 'delivery-1', to: '+33600000001', text: 'Code 042042' });
      return undefined;
    } catch (error) {
      if (!isAppError(error)) throw error;
      return error.code;
    }
  }

  for (const [given, code] of [
    [201, undefined],
    [400, 'notify.undeliverable'],
    [503, 'notify.delivery_failed'],
  ] as const)
    it(`is believed its ${given}, and left before it has filled the memory`, async () => {
      status = given;
      expect(await outcome()).to.equal(code);
      await isLeft;
      expect(sentBytes).to.be.lessThan(MUCH_BYTES);
    });
});
