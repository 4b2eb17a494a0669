import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import type { IssuedCard } from '../../../scripts/demo/igc/index.ts';
import { ask } from './card-client.ts';
import { startCardHost, type TestCardHost } from './card-host.ts';

/** Unlike `once`, whatever the reason. */
const ended = (socket: Socket) => new Promise(resolve => socket.once('close', resolve));

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('TLS of the card host', () => {
  let host: TestCardHost;
  let card: IssuedCard;
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  before(async function () {
    // Keys of 2048 bits on a busy machine.
    this.timeout(60_000);
    host = await startCardHost();
    card = await host.igc.issue('cps');
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-card-'));
    await writeFile(file('card.pem'), card.certificate.pem);
    await writeFile(file('card.key'), await card.privateKey());
  });
  after(async () => {
    await host.destroy();
    await rm(folder, { recursive: true });
  });

  async function open(options: ConnectionOptions): Promise<TLSSocket> {
    const socket = connect({ host: '127.0.0.1', port: host.port, rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return socket;
  }

  /** What `openssl s_client` prints, `input` being sent once it is connected. */
  async function openssl(args: readonly string[], input: string): Promise<string> {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${host.port}`, ...args]);
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stdin.on('error', () => undefined).write(input);
    await once(child, 'close');
    return out;
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`reads a card over ${version}`, async () => {
      const { text, protocol } = await ask(host.port, '/poste', {
        card,
        tls: { minVersion: version, maxVersion: version },
      });
      expect(protocol).to.equal(version);
      expect(text).to.contain('Claire DUPONT');
      expect(text).to.contain(version.replace('TLSv', 'TLS '));
    });

    it(`resumes no session of ${version}, and closes after one answer`, async () => {
      const key = await card.privateKey();
      const own = { cert: card.certificate.pem, key, minVersion: version, maxVersion: version };
      const first = await open(own);
      let session: Buffer | undefined = first.getSession();
      first.on('session', given => (session = given));
      first.write(`GET /poste HTTP/1.1\r\nHost: localhost:${host.port}\r\nConnection: keep-alive\r\n\r\n`);
      let answer = '';
      first.setEncoding('utf8').on('data', (text: string) => (answer += text));
      await once(first, 'close');
      expect(answer).to.match(/^connection: close$/imu);
      expect(session).to.not.equal(undefined);
      // The browser comes back with what it was given, and without the card.
      const { cert: _cert, key: _key, ...without } = own;
      const second = await open({ ...without, ...(session ? { session } : {}) });
      expect(second.isSessionReused()).to.equal(false);
      second.destroy();
      const again = await ask(host.port, '/poste', { tls: { ...without, ...(session ? { session } : {}) } });
      expect(again.code).to.equal('card.not_presented');
    });
  }

  it('resumes nothing for openssl s_client -reconnect', async function () {
    if (!hasOpenssl) this.skip();
    this.timeout(30_000);
    const out = await openssl(
      ['-tls1_2', '-reconnect', '-no_ign_eof', '-cert', file('card.pem'), '-key', file('card.key')],
      'Q\n',
    );
    expect(out.match(/^New, TLSv1\.2/gmu)?.length, out.slice(-2000)).to.be.greaterThan(4);
    expect(out).to.not.match(/^Reused/mu);
    expect(out).to.not.contain('TLS session ticket:');
  });

  it('gives no ticket of TLS 1.3 that openssl could come back with', async function () {
    if (!hasOpenssl) this.skip();
    this.timeout(30_000);
    const request = `GET /poste HTTP/1.1\r\nHost: localhost:${host.port}\r\n\r\n`;
    const own = ['-tls1_3', '-ign_eof', '-cert', file('card.pem'), '-key', file('card.key')];
    await openssl([...own, '-sess_out', file('session')], request);
    const back = await openssl(['-tls1_3', '-ign_eof', '-sess_in', file('session')], request);
    expect(back).to.not.match(/^Reused/mu);
    expect(back).to.not.contain('DUPONT');
  });

  it('renegotiates with nobody', async function () {
    if (!hasOpenssl) this.skip();
    this.timeout(30_000);
    const out = await openssl(['-tls1_2', '-no_ign_eof'], 'R\n');
    expect(out).to.match(/no renegotiation/iu);
  });

  it('asks for certificates of the authorities that issue cards, and hides no refusal behind a broken connection', async function () {
    if (!hasOpenssl) this.skip();
    this.timeout(30_000);
    const out = await openssl(['-tls1_2', '-no_ign_eof'], 'Q\n');
    const names = out.slice(out.indexOf('Acceptable client certificate CA names'));
    for (const branch of ['FORT', 'STANDARD'])
      expect(names).to.contain(`TEST AC IGC-SANTE ${branch} PERSONNES`);
    expect(names).to.not.contain('ELEMENTAIRE');
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const old = open({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
    const error = await old.then(
      () => null,
      (refused: unknown) => refused,
    );
    expect(error).to.be.instanceOf(Error);
  });

  it('goes on serving beside clients that never finish a handshake, and ends in spite of them', async () => {
    const idle = Array.from({ length: 100 }, () => connectPlain(host.port, '127.0.0.1'));
    await Promise.all(idle.map(socket => once(socket, 'connect')));
    for (const socket of idle) socket.on('error', () => undefined).write(Buffer.from([0x16, 3, 1, 0x40, 0]));
    expect((await ask(host.port, '/poste', { card })).status).to.equal(200);
    for (const socket of idle) socket.destroy();
  });

  it('bounds what one address holds, and lets it in again when it has let go', async () => {
    const bounded = await startCardHost(tls => (tls.kind === 'tls' ? { ...tls, perNetwork: 20 } : tls));
    const [mine, theirs] = ['127.0.0.2', '127.0.0.3'];
    const openFrom = (localAddress: string) => {
      const socket = connectPlain({ port: bounded.port, host: '127.0.0.1', localAddress });
      // Half a handshake: what it waits for never comes.
      socket.on('error', () => undefined).write(Buffer.from([0x16, 3, 1, 0x40, 0]));
      return socket;
    };
    const idle = Array.from({ length: 60 }, () => openFrom(mine));
    const closed = idle.map(ended);
    try {
      let broken = 0;
      await new Promise<void>(resolve => {
        for (const one of closed) void one.then(() => ++broken === 40 && resolve());
      });
      const { text } = await ask(bounded.port, '/poste', { card, tls: { localAddress: theirs } });
      expect(text).to.contain('Claire DUPONT');
      const late = await ask(bounded.port, '/poste', { card, tls: { localAddress: mine } }).then(
        () => null,
        (error: unknown) => error,
      );
      expect(late).to.be.instanceOf(Error);
      expect(bounded.log()).to.contain('card.too_many_connections').and.contain(mine);
    } finally {
      for (const socket of idle) socket.destroy();
    }
    await Promise.all(closed);
    // The host sees the ends of the other connections a moment after the client does.
    let status: number | undefined;
    while (status === undefined)
      status = await ask(bounded.port, '/poste', { card, tls: { localAddress: mine } }).then(
        answer => answer.status,
        () => undefined,
      );
    expect(status).to.equal(200);
    await bounded.destroy();
  });

  it('waits neither for a handshake nor, after it, for headers that do not come', async () => {
    const patience = { handshakeMs: 300, headersMs: 300 };
    const brisk = await startCardHost(tls => (tls.kind === 'tls' ? { ...tls, patience } : tls));
    const half = connectPlain(brisk.port, '127.0.0.1');
    half.on('error', () => undefined).write(Buffer.from([0x16, 3, 1, 0x40, 0]));
    const silent = connect({ host: '127.0.0.1', port: brisk.port, rejectUnauthorized: false });
    silent.on('error', () => undefined);
    await once(silent, 'secureConnect');
    const slow = connect({ host: '127.0.0.1', port: brisk.port, rejectUnauthorized: false });
    slow.on('error', () => undefined);
    await once(slow, 'secureConnect');
    slow.write('GET /poste HTTP/1.1\r\nHost: localhost\r\n');
    for (const socket of [silent, slow]) socket.resume();
    await Promise.all([half, silent, slow].map(ended));
    await brisk.destroy();
  });

  it('refuses headers and forms that are too large', async () => {
    const long = await ask(host.port, '/poste', { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(long.status).to.equal(431);
    const path = await host.signInPath();
    const form = { t: 'x'.repeat(70_000) };
    expect((await ask(host.port, path.split('?')[0] ?? '', { form })).status).to.equal(413);
  });
});
