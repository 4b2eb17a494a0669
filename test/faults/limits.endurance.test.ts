import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createVisitor, redeem } from '../support/relying-party.ts';
import { isInformed, noteInformation, prepareService, type TestService } from '../operation/service.ts';

const DESCRIPTORS = 64;
const CALLERS = 200;

describe('a service with little of everything', function () {
  this.timeout(600_000);
  let service: TestService;
  beforeEach(async () => {
    service = await prepareService({ NODE_OPTIONS: '--max-old-space-size=96' });
  });
  afterEach(() => service.destroy());

  it(`serves within ${DESCRIPTORS} file descriptors, and again after clients have taken all of them`, async () => {
    const server = await service.place('data').serve(`-n ${DESCRIPTORS}`);
    const port = Number(new URL(service.issuer).port);
    expect(await noteInformation(service, 'pk-before')).to.equal(true);
    const sockets = Array.from({ length: 2 * DESCRIPTORS }, (): Socket => {
      const socket = connect(port, '127.0.0.1');
      return socket.on('error', () => undefined);
    });
    await Promise.all(sockets.map(settled));
    // One in the queue of the system is answered once there is room; whether it is now is the system's affair.
    const during = noteInformation(service, 'pk-during');
    for (const socket of sockets) socket.destroy();
    if (await during) expect(await isInformed(service, 'pk-during')).to.equal(true);
    await until(() => noteInformation(service, 'pk-after'));
    expect(await isInformed(service, 'pk-before')).to.equal(true);
    server.child.kill('SIGTERM');
    expect(await server.ended, server.err()).to.equal(0);
  });

  it(`signs in and serves ${CALLERS} at once within 96 MiB of objects`, async () => {
    const server = await service.place('data').serve();
    const keys = Array.from({ length: CALLERS }, (_, at) => `pk-${at}`);
    const [{ status }, ...noted] = await Promise.all([
      createVisitor(service)
        .signIn('claire.dupont')
        .then(authorization => redeem(service, authorization)),
      ...keys.map(key => noteInformation(service, key)),
    ]);
    expect(status).to.equal(200);
    const acknowledged = keys.filter((_, at) => noted[at]);
    expect(acknowledged).not.to.have.length(0);
    for (const key of acknowledged) expect(await isInformed(service, key), key).to.equal(true);
    server.child.kill('SIGTERM');
    expect(await server.ended, server.err()).to.equal(0);
  });
});

/** Resolves when it is connected, or was refused. */
function settled(socket: Socket): Promise<unknown> {
  return new Promise(resolve => socket.once('connect', resolve).once('close', resolve));
}

/** Asks again until it is so; the test's own time is the limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(100);
}
