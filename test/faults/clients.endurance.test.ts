import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { CommandProcess } from '../cli/process.ts';
import { isInformed, noteInformation, prepareService, type TestService } from '../operation/service.ts';

/** As many as this machine lets a process hold: both ends are ours. */
const MOST_OPEN = Number(spawnSync('sh', ['-c', 'ulimit -n']).stdout.toString()) || Infinity;
const IDLE = Math.min(5_000, MOST_OPEN - 500);
/** What was sent and never read makes the system reset the connection, at times before the answer is read. */
const TOO_LONG = ['431', 'closed'];
const SLOW = 200;
/** Far above what they take (30 KiB each), far below what a body kept for each would take. */
const MOST_GROWTH_MIB = 400;

describe('clients that are no friends', function () {
  this.timeout(600_000);
  let service: TestService;
  let server: CommandProcess;
  let port: number;
  const sockets: Socket[] = [];
  before(async () => {
    service = await prepareService();
    server = await service.place('data').serve();
    port = Number(new URL(service.issuer).port);
    expect(await noteInformation(service, 'pk-before')).to.equal(true);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(() => service.destroy());

  async function open(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    // What the service does with it is what the tests are about.
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async function memoryMiB(): Promise<number> {
    const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) / 1024;
  }

  /** Sends bytes as they are; resolves to the status of the answer, or to what ended the connection. */
  async function statusOf(bytes: string): Promise<string> {
    const socket = await open();
    let text = '';
    socket.on('data', chunk => (text += String(chunk)));
    socket.write(bytes);
    await new Promise(resolve => socket.once('close', resolve));
    return /^HTTP\/1\.1 (\d{3})/u.exec(text)?.[1] ?? 'closed';
  }

  async function worksAsEver(key: string): Promise<void> {
    expect(await noteInformation(service, key)).to.equal(true);
    expect(await isInformed(service, key)).to.equal(true);
    expect((await fetch(`${service.issuer}/health/ready`)).status).to.equal(200);
  }

  it(`does its work beside ${IDLE} connections that say nothing`, async () => {
    const before = await memoryMiB();
    for (let at = 0; at < IDLE; at += 100) await Promise.all(Array.from({ length: 100 }, open));
    await worksAsEver('pk-idle');
    expect(sockets.filter(({ destroyed }) => !destroyed)).to.have.length(IDLE);
    expect((await memoryMiB()) - before).to.be.lessThan(MOST_GROWTH_MIB);
  });

  it(`does its work beside ${SLOW} requests whose headers and bodies never end`, async () => {
    for (let at = 0; at < SLOW; at += 1) {
      const socket = await open();
      socket.write(`POST /oidc/token HTTP/1.1\r\nHost: localhost:${port}\r\n`);
      if (at % 2 === 0)
        socket.write('Content-Length: 1000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ng');
    }
    await worksAsEver('pk-slow');
  });

  it('refuses headers and bodies beyond bounds, and keeps nothing of them', async () => {
    const before = await memoryMiB();
    const head = `Host: localhost:${port}\r\nConnection: close\r\n`;
    expect(await statusOf(`GET / HTTP/1.1\r\n${head}X-Long: ${'x'.repeat(64 * 1024)}\r\n\r\n`)).to.equal(
      '431',
    );
    const announced = `POST /access/v1/evaluation HTTP/1.1\r\n${head}Content-Type: application/json\r\n`;
    const huge = await Promise.all(
      Array.from({ length: 20 }, () => statusOf(`${announced}Content-Length: 4000000000\r\n\r\n{`)),
    );
    // Whoever has not said who they are is not read at all.
    expect([...new Set(huge)]).to.deep.equal(['401']);
    expect(await statusOf(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${head}\r\n`)).to.be.oneOf(TOO_LONG);
    expect(await statusOf(`nonsense\r\n\r\n`)).to.equal('400');
    await worksAsEver('pk-huge');
    expect((await memoryMiB()) - before).to.be.lessThan(MOST_GROWTH_MIB);
  });

  it('has lost nothing by them', async () => {
    expect(await isInformed(service, 'pk-before')).to.equal(true);
    server.child.kill('SIGTERM');
    expect(await server.ended, server.err()).to.equal(0);
  });
});
