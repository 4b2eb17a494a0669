import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Below the ports that systems give out by themselves (32768 and more on Linux), where any connection of another test
 * could take a number between the moment it was found free and the moment it is listened on.
 */
const [FIRST, LAST] = [11_000, 31_999];

/** Each process looks from a place of its own on, so that two do not find the same port at the same moment. */
let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/** A port of the loopback interface that nobody listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port === LAST ? FIRST : port + 1;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', () => resolve(false));
    // Every interface: who listens on any of them has it.
    server.listen({ port }, () => server.close(() => resolve(true)));
  });
}

/** Resolves once somebody listens on this port of the loopback interface; gives up after 20 seconds. */
export async function untilListening(port: number): Promise<void> {
  for (let turn = 0; turn < 400; turn += 1) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await delay(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}
