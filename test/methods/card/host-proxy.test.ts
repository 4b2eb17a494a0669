import { createServer, request, type IncomingMessage, type RequestOptions, type Server } from 'node:http';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { IssuedCard } from '../../../scripts/demo/igc/index.ts';
import { readAnswer, type CardAnswer } from './card-client.ts';
import { PLACE, startCardHost, type TestCardHost } from './card-host.ts';

const SECRET = 'a-secret-of-the-proxy-and-of-the-service';
const HEADER = 'x-ssl-client-cert';

async function send(to: RequestOptions, headers: Record<string, string | string[]>): Promise<CardAnswer> {
  const req = request({ path: '/poste', ...to, headers: { accept: 'text/html', ...headers } });
  req.end();
  const [answer] = (await once(req, 'response')) as [IncomingMessage];
  return readAnswer(answer, null);
}

describe('the card host behind a declared proxy', () => {
  let card: IssuedCard;
  const pem = () => encodeURIComponent(card.certificate.pem);
  const der = () => Buffer.from(card.certificate.der).toString('base64');

  describe('that comes by its address', () => {
    let host: TestCardHost;
    const known = (): Record<string, string> => ({
      host: `localhost:${host.port}`,
      'x-trousseau-proxy-secret': SECRET,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.9',
    });
    const ask = (headers: Record<string, string | string[]>, to: RequestOptions = {}) =>
      send({ host: '127.0.0.1', port: host.port, ...to }, headers);
    before(async function () {
      // Keys of 2048 bits on a busy machine.
      this.timeout(60_000);
      host = await startCardHost(() => ({
        kind: 'proxy',
        peer: { kind: 'addresses', addresses: ['127.0.0.1'] },
        header: HEADER,
        secret: SECRET,
      }));
      card = await host.igc.issue('cps');
    });
    after(() => host.destroy());

    it('reads the PEM that nginx forwards, and the DER that haproxy does', async () => {
      for (const certificate of [pem(), der()]) {
        const { code, text } = await ask({ ...known(), [HEADER]: certificate, 'x-ssl-protocol': 'TLSv1.2' });
        expect(code).to.equal(undefined);
        expect(text).to.contain('Claire DUPONT').and.contain('TLS 1.2');
      }
    });

    it('says that no card was shown where the proxy forwards none', async () => {
      for (const headers of [known(), { ...known(), [HEADER]: '' }, { ...known(), [HEADER]: '-' }])
        expect((await ask(headers)).code).to.equal('card.not_presented');
    });

    it('judges what is forwarded as what a handshake shows', async () => {
      const path = await host.signInPath();
      const forged = await host.igc.issue('impostor');
      const refused = await ask(
        { ...known(), [HEADER]: encodeURIComponent(forged.certificate.pem) },
        { path },
      );
      expect([refused.status, refused.code]).to.deep.equal([403, 'card.forged']);
      for (const bad of ['nothing', '%E0%A4%A', '-----BEGIN', `${der()}AAAA`, 'A'.repeat(13_000)]) {
        const { status, code } = await ask({ ...known(), [HEADER]: bad }, { path });
        expect([status, code], bad.slice(0, 20)).to.deep.equal([403, 'card.unreadable']);
      }
    });

    it('trap 15: answers nobody who does not know the secret, with or without a certificate', async () => {
      const strangers: Record<string, string | string[]>[] = [
        { host: `localhost:${host.port}`, [HEADER]: pem() },
        { ...known(), 'x-trousseau-proxy-secret': `${SECRET}x`, [HEADER]: pem() },
        { ...known(), 'x-trousseau-proxy-secret': '' },
        { ...known(), 'x-trousseau-proxy-secret': [SECRET, SECRET], [HEADER]: pem() },
      ];
      for (const headers of strangers) {
        const { status, text, code } = await ask(headers, { path: await host.signInPath() });
        expect([status, code]).to.deep.equal([403, undefined]);
        expect(text).to.not.contain('DUPONT');
      }
      expect(host.log()).to.contain('card.undeclared_proxy').and.not.contain(SECRET);
    });

    it('believes no certificate that was written twice', async () => {
      const { text } = await ask({ ...known(), [HEADER]: [pem(), pem()] });
      expect(text).to.not.contain('DUPONT');
    });

    it('closes after each answer', async () => {
      expect((await ask(known())).headers.connection).to.equal('close');
    });
  });

  describe('of another address', () => {
    let host: TestCardHost;
    before(async function () {
      this.timeout(60_000);
      host = await startCardHost(() => ({
        kind: 'proxy',
        peer: { kind: 'addresses', addresses: ['192.0.2.1'] },
        header: HEADER,
        secret: SECRET,
      }));
    });
    after(() => host.destroy());

    it('trap 15: refuses who knows the secret and comes from elsewhere', async () => {
      const { status, text } = await send(
        { host: '127.0.0.1', port: host.port },
        { host: `localhost:${host.port}`, 'x-trousseau-proxy-secret': SECRET, [HEADER]: pem() },
      );
      expect(status).to.equal(403);
      expect(text).to.not.contain('DUPONT');
    });
  });

  describe('that comes by a socket', () => {
    let host: TestCardHost;
    let proxy: Server;
    let folder: string;
    before(async function () {
      this.timeout(60_000);
      folder = await mkdtemp(path.join(tmpdir(), 'trousseau-socket-'));
      const socketPath = path.join(folder, 'card.sock');
      host = await startCardHost(() => ({
        kind: 'proxy',
        peer: { kind: 'socket', file: socketPath },
        header: HEADER,
        secret: undefined,
      }));
      // What nginx does once it has verified the handshake: its own header replaces what the client sent.
      proxy = createServer((incoming, outgoing) => {
        const { [HEADER]: _claimed, ...headers } = incoming.headers;
        const shown = incoming.url === '/poste' ? { [HEADER]: pem() } : {};
        request(
          {
            socketPath,
            path: incoming.url,
            headers: { ...headers, host: `localhost:${host.port}`, ...shown },
          },
          answer => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
          },
        ).end();
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
    });
    after(async () => {
      proxy.close();
      await host.destroy();
      await rm(folder, { recursive: true });
    });

    it('reads the certificate that it forwards, on a socket that only its group may write to', async () => {
      const { port } = proxy.address() as AddressInfo;
      const { text } = await send({ host: '127.0.0.1', port }, {});
      expect(text).to.contain('Claire DUPONT');
      expect((await stat(path.join(folder, 'card.sock'))).mode & 0o007).to.equal(0);
      const claimed = await send(
        { host: '127.0.0.1', port, path: `/sign-in?t=${(await host.handOff.open(PLACE)).token}` },
        { [HEADER]: pem() },
      );
      expect(claimed.code).to.equal('card.not_presented');
    });

    it('starts again over a socket that a crash has left, and not over one that answers', async () => {
      const second = await host.service.start().then(
        () => null,
        (error: unknown) => error,
      );
      expect(second).to.include({ code: 'EADDRINUSE' });
    });
  });
});
