import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { SMTPServer } from 'smtp-server';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import { createVisitor } from '../support/relying-party.ts';

/** What a mail server that is none does with each line that it is told. */
const HOSTILE: Readonly<Record<string, (socket: Socket) => void>> = {
  'says nothing': () => undefined,
  'speaks another protocol': socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'promises everything, and hangs up on the message': socket => {
    socket.write('220 ready\r\n');
    socket.on('data', chunk => {
      if (String(chunk).startsWith('DATA')) socket.destroy();
      else socket.write('250 yes\r\n');
    });
  },
};

describe('a mail server', function () {
  this.timeout(600_000);
  let app: TestApp;
  let port: number;
  before(async () => {
    port = await freePort();
    app = await startTestApp({
      env: { TROUSSEAU_SMTP_URL: `smtp://127.0.0.1:${port}`, TROUSSEAU_MAIL_FROM: 'ici@chu.example' },
    });
  });
  after(() => app.destroy());

  async function typePassword(): Promise<string | undefined> {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const next = await visitor.browser.submit(page, 'identify', {
      login: 'claire.dupont',
      password: PASSWORD,
    });
    return next.forms[0]?.id;
  }

  /** Receives mail as it should be, until it has one. */
  async function receive(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const server = new SMTPServer({
      authOptional: true,
      closeTimeout: 500,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, done) => void text(stream).then(source => (resolve(source), done())),
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    const attempts = (async () => {
      // The outbox waits longer after each failure; its clock is ours.
      for (
        let isThere = false;
        !isThere;
        isThere = await Promise.race([promise.then(() => true), delay(500, false)])
      ) {
        app.clock.advance(10);
        await app.outbox.drain();
      }
    })();
    const source = await promise;
    await attempts;
    await new Promise<void>(done => server.close(() => done()));
    return source;
  }

  for (const [what, behave] of Object.entries(HOSTILE)) {
    it(`that ${what} keeps no page waiting, and the message leaves when there is one`, async () => {
      const sockets: Socket[] = [];
      const hostile: Server = createServer(socket => {
        sockets.push(socket.on('error', () => undefined));
        behave(socket);
      });
      await once(hostile.listen(port, '127.0.0.1'), 'listening');
      expect(await typePassword()).to.equal('code');
      while (sockets.length === 0) await delay(20);
      expect((await fetch(`${app.issuer}/health/ready`)).status).to.equal(200);
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => hostile.close(resolve));
      expect(await receive()).to.match(/To: claire\.dupont@chu\.example/u);
    });
  }
});
